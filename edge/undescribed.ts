// edge/undescribed: wrangler.jsonc puts this in the place of the library that writes OpenAPI documents: the Worker's is written
// when it is built (pages/openapi-document), and what its routes and schemas say for that is passed over here.

import type { ZodType } from "zod/v4";

/** Remembers nothing of the routes. */
export class OpenAPIRegistry {
  readonly definitions: object[] = [];
  registerPath(): void {}
  registerComponent(): void {}
}

/** Gives schemas an `.openapi()` that changes nothing. */
export function extendZodWithOpenApi(zod: { ZodType: { prototype: object } }): void {
  Object.assign(zod.ZodType.prototype, {
    openapi(this: ZodType) {
      return this;
    },
  });
}

export function getOpenApiMetadata(): object {
  return {};
}

class OpenApiGenerator {
  generateDocument(): never {
    throw new Error("the document is written when the Worker is built");
  }
}

export { OpenApiGenerator as OpenApiGeneratorV3, OpenApiGenerator as OpenApiGeneratorV31 };
