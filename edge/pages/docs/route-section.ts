// edge/pages/docs/route-section: one route: what it takes, what it answers, a sample, and a form that calls it.

import { anchorOf, limitsOf } from "./openapi.ts";
import type { Route, Schema, Schemas } from "./openapi.ts";
import { sampleOf } from "./samples.ts";
import type { Call, Language } from "./samples.ts";

export const KEY = "afterword-key";

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { text, className, ...attributes }: { text?: string; className?: string; [attribute: string]: string | undefined } = {},
  ...children: Node[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className) element.className = className;
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...(text === undefined ? [] : [text]), ...children);
  return element;
} // prettier-ignore

/** A section, and how to show its sample in another language. */
export function makeSection(route: Route, schemas: Schemas) {
  const { method, path, summary = path, description, requestBody, responses } = route;
  const schema = requestBody?.content["application/json"]?.schema;
  const section = make("section", { className: "card", id: anchorOf(route) });
  section.append(
    make("h2", { text: summary }),
    make("p", { className: "route" }, make("code", { text: `${method} ${path}` })),
    ...(description ? [prose("p", description)] : []),
  );
  const left = make("div");
  if (schema) left.append(make("h3", { text: "Body" }), fieldsOf(schemas, schema));
  left.append(make("h3", { text: "Answers" }), answersOf(schemas, responses));
  const tryIt = makeForm(route, schemas, schema);
  section.append(make("div", { className: "columns" }, left, tryIt.element));
  return { section, show: tryIt.show };
}

function answersOf(schemas: Schemas, responses: Route["responses"]): HTMLElement {
  const list = make("ul", { className: "fields" });
  for (const [status, { description, content }] of Object.entries(responses)) {
    const schema = content?.["application/json"]?.schema;
    const item = make("li", {}, make("code", { className: "name", text: status }), " " as never, prose("span", description)); // prettier-ignore
    if (schema && Number(status) < 300) item.append(fieldsOf(schemas, schema));
    list.append(item);
  }
  return list;
}

/** Fields, and the fields of those. */
function fieldsOf(schemas: Schemas, schema: Schema, depth = 0): HTMLElement {
  const { properties = {}, required = [] } = schemas.objectOf(schema) ?? {};
  const list = make("ul", { className: "fields" });
  for (const [name, field] of Object.entries(properties)) {
    const found = schemas.resolve(field);
    const type = `${schemas.typeOf(field)}${required.includes(name) && found.default === undefined ? "" : ", optional"}`; // prettier-ignore
    const item = make("li", {}, make("code", { className: "name", text: name }), make("code", { text: `: ${type}` })); // prettier-ignore
    const note = [found.description, limitsOf(found)].filter(Boolean).join(" ");
    if (note) item.append(prose("p", note));
    if (depth < 3 && schemas.objectOf(field)) item.append(fieldsOf(schemas, field, depth + 1));
    list.append(item);
  }
  return list;
}

/** Words between backticks are code. */
function prose(name: "p" | "span", text: string): HTMLElement {
  const parts = text.split("`");
  return make(name, {}, ...parts.map((part, at) => (at % 2 ? make("code", { text: part }) : document.createTextNode(part)))); // prettier-ignore
}

function makeForm(route: Route, schemas: Schemas, schema?: Schema) {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const id = anchorOf(route);
  const inputs = names.map((name) => make("input", { id: `${id}-${name}`, placeholder: name, value: name === "model" ? "default" : "" })); // prettier-ignore
  const body = schema && make("textarea", { id: `${id}-body`, spellcheck: "false", text: JSON.stringify(schemas.exampleOf(schema), null, 2) }); // prettier-ignore
  const sample = make("pre", { tabindex: "0", "aria-label": "Sample" });
  const output = make("pre", { tabindex: "0", "aria-label": "Answer", hidden: "", "aria-live": "polite" }); // prettier-ignore
  const form = make(
    "form",
    {},
    make("h3", { text: "Sample" }),
    sample,
    make("h3", { text: "Try it" }),
  );
  names.forEach((name, at) => form.append(make("div", { className: "row" }, make("label", { for: `${id}-${name}`, text: name }), inputs[at]!))); // prettier-ignore
  if (body) form.append(make("label", { for: `${id}-body`, text: "Body" }), body);
  form.append(make("p", {}, make("button", { text: "Send", "aria-label": `Send ${route.method} ${route.path}` })), output); // prettier-ignore

  let language: Language = "curl";
  const call = (): Call => ({
    method: route.method,
    url: location.origin + names.reduce((path, name, at) => path.replace(`{${name}}`, encodeURIComponent(inputs[at]!.value) || `{${name}}`), route.path), // prettier-ignore
    body: body ? parse(body.value) : undefined,
    needsKey: sessionStorage.getItem(KEY) !== null,
  });
  const show = (chosen: Language = language) => {
    language = chosen;
    sample.textContent = sampleOf(call(), language);
  };
  form.addEventListener("input", () => show());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(call(), body?.value, output);
  });
  show();
  return { element: form, show };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json; // half typed; the server says what is wrong with it
  }
}

async function send({ method, url }: Call, body: string | undefined, output: HTMLElement): Promise<void> {
  output.hidden = false;
  output.textContent = "…";
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(body !== undefined && { "content-type": "application/json" }), ...(key && { authorization: `Bearer ${key}` }) };
  const began = performance.now();
  try {
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    const type = response.headers.get("content-type") ?? "";
    const text = type.includes("octet-stream") ? `${(await response.blob()).size} bytes` : await response.text();
    const answer = type.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
    output.textContent = `${response.status}, ${Math.round(performance.now() - began)} ms\n${answer}`;
  } catch {
    output.textContent = "the server cannot be reached";
  }
} // prettier-ignore
