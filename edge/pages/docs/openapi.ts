// edge/pages/docs/openapi: the parts of an OpenAPI document that the reference reads. Draws nothing.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
}

interface Content {
  [type: string]: { schema?: Schema; example?: unknown };
}

export interface Route {
  method: string;
  path: string;
  operationId?: string;
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export interface Document {
  paths: Record<string, Record<string, Omit<Route, "method" | "path">>>;
  components: { schemas: Record<string, Schema> };
}

/** Every route, in the document's order. */
export function routesOf({ paths }: Document): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ ...route, path, method: method.toUpperCase() })),
  );
} // prettier-ignore

/** A fragment of an address. */
export function anchorOf({ method, path }: Route): string {
  return `${method}${path}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

export class Schemas {
  readonly #schemas: Record<string, Schema>;

  constructor({ components }: Document) {
    this.#schemas = components.schemas;
  }

  /** The schema that a reference names. */
  resolve(schema: Schema = {}): Schema {
    return schema.$ref ? this.#schemas[schema.$ref.split("/").at(-1)!]! : schema;
  }

  /** Its type as a programmer writes it. */
  typeOf(schema?: Schema): string {
    const { type, enum: values, items, anyOf, oneOf, const: only } = this.resolve(schema);
    if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
    if (only !== undefined) return JSON.stringify(only);
    const options = anyOf ?? oneOf;
    if (options) return options.map((option) => this.typeOf(option)).join(" | ");
    return [type].flat().map((name) => (name === "array" ? `${this.typeOf(items)}[]` : (name ?? "any"))).join(" | "); // prettier-ignore
  }

  /** The object inside arrays, unions and references, whose fields are to be shown. */
  objectOf(schema?: Schema): Schema | null {
    const found = this.resolve(schema);
    if (found.properties) return found;
    if (found.items) return this.objectOf(found.items);
    for (const option of found.anyOf ?? found.oneOf ?? []) {
      const object = this.objectOf(option);
      if (object) return object;
    }
    return null;
  }

  /** A value that would pass, of the fields that are needed or have an example. */
  exampleOf(schema?: Schema): unknown {
    const found = this.resolve(schema);
    const { example, examples, properties, required = [], items, enum: values } = found;
    if (example !== undefined) return example;
    if (examples?.length) return examples[0];
    if (found.default !== undefined) return found.default;
    if (found.const !== undefined) return found.const;
    if (values) return values[0];
    const options = found.anyOf ?? found.oneOf;
    if (options) return this.exampleOf(options[0]);
    if (properties) {
      const shown = Object.entries(properties).filter(([name]) => required.includes(name));
      return Object.fromEntries(shown.map(([name, field]) => [name, this.exampleOf(field)]));
    }
    const [type] = [found.type].flat();
    if (type === "array") return [this.exampleOf(items)];
    return { string: "the united", integer: found.minimum ?? 0, number: 0, boolean: true }[type ?? ""] ?? null; // prettier-ignore
  }
}

/** From, to, default: what a field may be. */
export function limitsOf({ minimum, maximum, maxItems, maxLength, default: preset }: Schema): string {
  const isSafe = maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER;
  return [
    minimum !== undefined && Math.abs(minimum) < Number.MAX_SAFE_INTEGER && `from ${minimum}`,
    isSafe && `to ${maximum}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    maxItems !== undefined && `at most ${maxItems}`,
    preset !== undefined && `default ${JSON.stringify(preset)}`,
  ]
    .filter(Boolean)
    .join(", ");
} // prettier-ignore
