// edge/pages/playground: the page at /. The text is kept in the tab; whoever predicts is told it anew after a reload.

import { connect } from "#client/connect";
import type { AfterwordSuggest } from "#client/element/index";
// oxlint-disable-next-line import/no-unassigned-import -- it defines the element
import "#client/element/index";
import { AfterwordError } from "#client/errors";
import { Comparison } from "./comparison.ts";
import type { Place, Timing } from "./comparison.ts";
import { describeModel, describeQuality, rowsOf } from "./model-card.ts";
import type { ModelCard } from "./model-card.ts";

const SAMPLES = ["The state of the ", "My fellow citizens, ", "We must "];
const [TEXT, KEY, LEARN] = ["afterword-text", "afterword-key", "afterword-learn"] as const;

const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const field = find<HTMLTextAreaElement>("text");
const suggest = document.querySelector<AfterwordSuggest>("afterword-suggest")!;
const [entry, keyInput, learn] = [find("entry"), find<HTMLInputElement>("key"), find<HTMLInputElement>("learn")]; // prettier-ignore
const [trouble, hint] = [find("trouble"), find("hint")];

let comparison: Comparison;
let shownVersion = "";

/** Predictions by the key that the tab knows. */
function start(): void {
  const key = sessionStorage.getItem(KEY);
  const server = { url: location.origin, ...(key && { key }) };
  const edge = connect(server).session();
  const place = comparison?.place ?? "edge";
  comparison = new Comparison({ edge, server, onTiming: showTiming, onLoading: showLoading });
  suggest.source = comparison;
  void move(place);
}

async function move(place: Place): Promise<void> {
  await comparison.move(place);
  suggest.source = comparison; // asked again, whoever answers now
}

function listen(): void {
  const { suggester } = suggest.attachment!;
  suggester.options.learn = learn.checked;
  suggester.subscribe(() => {
    const { error, latest, predictions, isWaiting, keystrokes } = suggester;
    showTrouble(error);
    showSaved(keystrokes);
    const isEmpty = predictions.length === 0 && field.value !== "" && !isWaiting && !error;
    hint.textContent = isEmpty ? "Nothing fits here; go on writing." : "";
    if (latest && latest.version !== shownVersion) void showModel(latest.model, latest.version);
  });
}

function showTrouble(error: Error | null): void {
  const isKey = error instanceof AfterwordError && error.status === 401;
  if (isKey && entry.hidden) {
    entry.hidden = false;
    keyInput.focus();
  }
  if (!error) entry.hidden = true;
  const isFirst = isKey && !sessionStorage.getItem(KEY);
  trouble.hidden = !error || isFirst;
  if (!error) return;
  if (isKey) trouble.textContent = "this key is not known here";
  else if (error instanceof AfterwordError) trouble.textContent = error.message;
  else trouble.textContent = "The edge cannot be reached; your text is safe here, and it is tried again.";
} // prettier-ignore

function showSaved({ typed, saved }: { typed: number; saved: number }): void {
  if (saved === 0) return;
  const share = Math.round((100 * saved) / (typed + saved));
  find("saved").textContent = `${saved} of ${typed + saved} (${share} %)`;
}

function showTiming({ edge, page, compared, different }: Timing): void {
  const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  const rows: [string, string, string?][] = [];
  if (edge !== undefined) rows.push(["Edge, there and back", ms(edge)]);
  if (page !== undefined) rows.push(["Page", ms(page)]);
  if (compared > 0) {
    const said = different === 0 ? `all ${compared}` : `${compared - different} of ${compared}`;
    rows.push(["Answers with the same bits", said, different === 0 ? "good" : "bad"]);
  }
  find("times").replaceChildren(...rows.flatMap(cellsOf));
}

function cellsOf([name, value, className = ""]: [string, string, string?]): HTMLElement[] {
  const [term, description] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = name;
  description.textContent = value;
  description.className = className;
  return [term, description];
}

function showLoading(message: string): void {
  find("loading").textContent = message;
  find("loading").hidden = message === "";
}

async function showModel(model: string, version: string): Promise<void> {
  shownVersion = version;
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { authorization: `Bearer ${key}` } : undefined;
  const response = await fetch(`/v1/models/${model}/card`, { headers }).catch(() => null);
  const card = response?.ok ? ((await response.json()) as ModelCard) : null;
  find("model").textContent = card ? describeModel(card) : `Version ${version}; nothing more was published of it.`; // prettier-ignore
  find("about").textContent = card ? describeQuality(card) : "";
  find("card").hidden = !card;
  if (card)
    find("card")
      .querySelector("dl")!
      .replaceChildren(...rowsOf(card).flatMap(cellsOf));
}

/** By the browser's own editing, so that it can be undone. */
function replaceAll(text: string): void {
  field.focus();
  field.select();
  const isDone = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text); // prettier-ignore
  if (!isDone) field.value = text;
  suggest.attachment!.refresh();
}

async function copyAsCurl(button: HTMLElement): Promise<void> {
  const body = JSON.stringify({ text: field.value.slice(0, field.selectionStart) });
  const command = [
    `curl ${location.origin}/v1/predict`,
    ...(sessionStorage.getItem(KEY) ? ['-H "authorization: Bearer $AFTERWORD_KEY"'] : []),
    "-H 'content-type: application/json'",
    `-d '${body.replaceAll("'", String.raw`'\''`)}'`,
  ].join(" \\\n  ");
  const isDone = await navigator.clipboard.writeText(command).then(() => true).catch(() => false);
  button.textContent = isDone ? "Copied" : "The clipboard is closed";
  setTimeout(() => (button.textContent = "Copy as curl"), 1500);
} // prettier-ignore

field.value = sessionStorage.getItem(TEXT) ?? "";
field.setSelectionRange(field.value.length, field.value.length);
field.addEventListener("input", () => sessionStorage.setItem(TEXT, field.value));
learn.checked = sessionStorage.getItem(LEARN) !== "false";
learn.addEventListener("change", () => {
  sessionStorage.setItem(LEARN, String(learn.checked));
  suggest.attachment!.suggester.options.learn = learn.checked;
});
entry.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, keyInput.value.trim());
  start();
});
find("where").addEventListener("change", ({ target }) => {
  void move((target as HTMLInputElement).value as Place);
});
find("undo").addEventListener("click", () => {
  field.focus();
  document.execCommand("undo"); // the browser's own, as its keys have it
});
find("clear").addEventListener("click", () => replaceAll(""));
find("copy").addEventListener("click", ({ target }) => void copyAsCurl(target as HTMLElement));
find("samples").append(
  ...SAMPLES.map((sample) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `“${sample.trim()} …”`;
    button.addEventListener("click", () => replaceAll(sample));
    return button;
  }),
);

start();
listen();
