// training/run/file-error: what the file system refused, as a sentence that says what to do.

const REASONS: Record<string, string> = {
  ENOENT: "it does not exist; check the path",
  ENOTDIR: "a part of its path is a file, not a folder; check the path",
  EISDIR: "it is a folder; name a file",
  EACCES: "permission was denied; choose another place or change its permissions",
  EPERM: "it is not permitted there; choose another place",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "the disk is full; make room",
  EDQUOT: "the disk quota is used up; make room",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "its links lead in a circle; remove one",
};

/**
 * An error of the file system in words; any other error as it is.
 * @param what was being read or written, e.g. `folder "notes"`
 */
export function describeFileError(error: unknown, what: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) return error as Error;
  return Object.assign(new Error(`${what}: ${reason} (${code})`, { cause: error }), { code });
}
