// training/run/files: what a run asks of the place that keeps its files. A folder is in run-folder; anything else that
// can do this will do.

export interface RunFiles {
  /** The place as the user named it: a folder or a URL. */
  readonly address: string;

  /** A file's path or URL. */
  addressOf(name: string): string;

  /** The names of all files, sorted. */
  list(): Promise<string[]>;

  /** A file's bytes, or null where there is none. */
  read(name: string): Promise<Uint8Array | null>;

  /** Writes a file whole: a reader sees the old one or the new one, never a part. */
  write(name: string, data: Uint8Array | string): Promise<void>;

  /** Writes a file whole if there is none of that name; says whether it did. Of two that try, one succeeds. */
  create(name: string, data: string): Promise<boolean>;

  /** Adds to the end of a file. What fails to be added is not lost: it is tried again with the next. */
  append(name: string, data: Uint8Array | string): Promise<void>;

  /** Makes sure that what was appended can be read. */
  flush(): Promise<void>;

  /** Deletes a file; it may be gone already. */
  delete(name: string): Promise<void>;
}

/** A file that must be there. */
export async function readRequired(files: RunFiles, name: string): Promise<Uint8Array> {
  const data = await files.read(name);
  if (data === null) throw new Error(`${files.addressOf(name)} is missing`);
  return data;
}
