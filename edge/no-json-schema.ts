// edge/no-json-schema: wrangler.jsonc puts this in the place of the parts of zod that write JSON Schemas, 18 kB, which nothing
// here asks for: the OpenAPI document is written when the Worker is built.

function refuse(): never {
  throw new Error("the Worker writes no JSON Schema");
}

/** Of a schema's `toJSONSchema`. */
export const createToJSONSchemaMethod = () => refuse;
export const createStandardJSONSchemaMethod = () => refuse;
export const toJSONSchema = refuse;
