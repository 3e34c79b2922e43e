// edge/pages/describe-operations: what tools want of an OpenAPI document beside what the routes say: names for generated clients,
// tags, a server. All of it follows from the paths.

interface Operation {
  summary?: string;
  description?: string;
  operationId?: string;
  tags?: string[];
  responses?: Record<string, unknown>;
}

export interface OpenApiDocument {
  paths?: Record<string, object>;
}

const TAGS: Record<string, string> = {
  sessions: "Texts that are being written",
  profiles: "What is kept of a writer beyond a session",
  models: "The models that are served",
  texts: "Texts without a session",
  service: "The service itself",
};
const METHODS = ["get", "put", "post", "delete", "patch"];

/** The document with all of that. */
export function describeOperations<Document extends OpenApiDocument>(document: Document) {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      if (METHODS.includes(method)) complete(operation, method, path);
    }
  }
  const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  return { ...document, servers: [{ url: "/", description: "where this document is" }], tags };
}

function complete(operation: Operation, method: string, path: string): void {
  operation.operationId ??= operationIdOf(method, path);
  operation.tags ??= [tagOf(path)];
  operation.description ??= `${operation.summary}.`;
  const { responses = {} } = operation;
  const hasClientError = Object.keys(responses).some((status) => status.startsWith("4"));
  if (!hasClientError) responses["4XX"] = { description: "no such request is known" };
}

/**
 * What a generated client calls it.
 *
 * @example
 * operationIdOf("get", "/v1/sessions/{id}"); // "getSession"
 * operationIdOf("post", "/v1/sessions/{id}/predict"); // "predictSession"
 */
export function operationIdOf(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== "v1");
  const words = segments.flatMap((segment, index) => {
    if (segment.startsWith("{")) return [];
    return segments[index + 1]?.startsWith("{") ? [segment.replace(/s$/, "")] : [segment];
  });
  if (method !== "post") return camelCase([method, ...words]);
  const last = words.pop()!;
  return last.endsWith("s") ? camelCase(["create", ...words, last.slice(0, -1)]) : camelCase([last, ...words]); // prettier-ignore
}

function tagOf(path: string): string {
  const [, first, second = ""] = path.split("/");
  if (first !== "v1") return "service";
  return Object.hasOwn(TAGS, second) ? second : "texts";
}

function camelCase(words: string[]): string {
  return words.join("_").replaceAll(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase());
}
