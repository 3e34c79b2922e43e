// training/data/licences: under which licences a corpus is, as its owner states it. Judges none of them.

/** Licences by how the paths of files begin, the longest beginning first; `""` stands for all other files. */
export type Licences = Record<string, string>;

/**
 * The licence of a file, by its path in the corpus.
 *
 * licenceOf({ "": "CC0-1.0", "wiki/": "CC-BY-SA-4.0" }, "wiki/a.txt"); // "CC-BY-SA-4.0"
 */
export function licenceOf(licences: Licences, path: string): string | undefined {
  const beginnings = Object.keys(licences).filter((beginning) => path.startsWith(beginning));
  const [longest] = beginnings.sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : licences[longest];
}

/**
 * All of them in words.
 *
 * describeLicences({ "": "CC0-1.0", "wiki/": "CC-BY-SA-4.0" }); // "CC0-1.0; CC-BY-SA-4.0 for wiki/"
 */
export function describeLicences(licences: Licences): string {
  return Object.entries(licences)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([beginning, licence]) => (beginning === "" ? licence : `${licence} for ${beginning}`))
    .join("; ");
}
