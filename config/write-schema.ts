// config/write-schema: `npm run schema`: writes the schema that cdk.json names, for editors.

import { writeFileSync } from "node:fs";
import { projectSchema } from "./project.ts";

const path = new URL("cdk.schema.json", import.meta.url);
writeFileSync(path, JSON.stringify(projectSchema(), null, 2) + "\n");
