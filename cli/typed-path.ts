// cli/typed-path: paths as they were typed. npm runs its scripts in the project's folder and tells where it was called.

import { isAbsolute, relative, resolve } from "node:path";

const SCRIPTS = ["afterword", "start"]; // of package.json

/**
 * A path that was typed in the folder where npm was called, as seen from the folder that its script runs in.
 *
 * typedPath("deploy.md"); // "docs/deploy.md" for `npm run afterword -- …` in docs/
 */
export function typedPath(path: string, environment = process.env): string {
  const { INIT_CWD: typedIn, npm_lifecycle_event: script = "" } = environment;
  const isName = isAbsolute(path) || /^[a-z][a-z0-9]*:/i.test(path);
  if (typedIn === undefined || !SCRIPTS.includes(script) || isName) return path;
  return relative(process.cwd(), resolve(typedIn, path)) || ".";
}
