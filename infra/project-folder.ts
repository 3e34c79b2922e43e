// infra/project-folder: where the project lies on this machine. No template may hold it.

import { fileURLToPath } from "node:url";

/** The repository's own folder, without a slash at its end. */
export const PROJECT_FOLDER = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
