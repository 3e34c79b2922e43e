// edge/pages/docs: the reference at /docs, made from the OpenAPI document that the routes themselves produce.

import { anchorOf, routesOf, Schemas } from "./openapi.ts";
import type { Document } from "./openapi.ts";
import { KEY, make, makeSection } from "./route-section.ts";
import type { Language } from "./samples.ts";

const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

const api = (await (await fetch("/openapi.json")).json()) as Document;
const schemas = new Schemas(api);
const routes = routesOf(api);
const sections = routes.map((route) => makeSection(route, schemas));
const links = routes.map((route) =>
  make("li", {}, make("a", { href: `#${anchorOf(route)}`, text: route.summary ?? route.path })),
);

find("contents").replaceChildren(...links);
find("routes").replaceChildren(...sections.map(({ section }) => section));
find("routes").removeAttribute("aria-busy");
if (location.hash) document.querySelector(location.hash)?.scrollIntoView();

const key = find<HTMLInputElement>("key");
const language = find<HTMLSelectElement>("language");
const showSamples = () => sections.forEach(({ show }) => show(language.value as Language));

key.value = sessionStorage.getItem(KEY) ?? "";
key.addEventListener("input", () => {
  if (key.value) sessionStorage.setItem(KEY, key.value);
  else sessionStorage.removeItem(KEY);
  showSamples();
});
language.addEventListener("change", showSamples);
find("access").addEventListener("submit", (event) => event.preventDefault());
find("search").addEventListener("input", ({ target }) => {
  const words = (target as HTMLInputElement).value.toLowerCase().split(/\s+/);
  let found = 0;
  sections.forEach(({ section }, at) => {
    const text = section.textContent.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    section.hidden = links[at]!.hidden = !fits;
    if (fits) found++;
  });
  find("none").hidden = found > 0;
});
