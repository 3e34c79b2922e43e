// client/element/suggest-element: `<afterword-suggest for="ID">`: its attributes, and whom it asks. Defining it is the entry's.

import { connect } from "../connect.ts";
import type { Session } from "../session.ts";
import type { SuggestionSource } from "../suggester.ts";
import { attach } from "./attach.ts";
import type { Attachment } from "./attachment.ts";

// where there are no elements, the module can still be imported
const Base = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement);

/**
 * Suggestions for the field whose id is `for`: `<afterword-suggest for="note" url="https://…">`. Attributes: `url` (@default
 * the page's own origin), `model`, `user`, `limit`, `min-probability`, `transport`, `no-ghost`, `no-strip`,
 * `no-learn`, `no-feedback`, `rejectable`. Properties:
 * `key` and `source`. The events `afterword-change` and `afterword-error` tell what goes on.
 *
 * @example
 * <textarea id="note"></textarea>
 * <afterword-suggest for="note" url="https://afterword.example.workers.dev"></afterword-suggest>
 */
export class AfterwordSuggest extends Base {
  static readonly observedAttributes = ["for", "url", "model", "user", "transport"];
  #key: string | undefined;
  #source: SuggestionSource | undefined; // as it was given
  #session: Session | undefined; // else
  #attachment: Attachment | undefined;

  /** The field's suggestions, while there is such a field. */
  get attachment(): Attachment | undefined {
    return this.#attachment;
  }

  /** An API key, where the deployment asks for one. */
  get key(): string | undefined {
    return this.#key;
  }
  set key(key: string | undefined) {
    this.#key = key;
    this.#renew();
  }

  /** Whoever predicts, in place of the server at `url`. */
  get source(): SuggestionSource {
    return this.#source ?? (this.#session ??= this.#connect());
  }
  set source(source: SuggestionSource | undefined) {
    this.#source = source;
    this.#renew();
  }

  connectedCallback(): void {
    this.disconnectedCallback();
    if (!this.isConnected) return;
    const root = this.getRootNode() as Document | ShadowRoot;
    const field = root.getElementById(this.getAttribute("for") ?? "");
    if (field) this.#attach(field);
    // a field that comes later in the page
    else if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", () => this.connectedCallback(), { once: true });
    }
  }

  disconnectedCallback(): void {
    this.#attachment?.detach();
    this.#attachment = undefined;
    this.#session?.close();
  }

  attributeChangedCallback(name: string): void {
    if (name === "for") this.connectedCallback();
    else this.#renew();
  }

  /** Another one is asked; the field and its text stay. */
  #renew(): void {
    this.#session?.close();
    this.#session = undefined;
    if (this.#attachment) this.#attachment.suggester.source = this.source;
  }

  #attach(field: Element): void {
    const number = (name: string) => (this.hasAttribute(name) ? { [camelOf(name)]: Number(this.getAttribute(name)) } : {}); // prettier-ignore
    const has = (name: string) => this.hasAttribute(name);
    this.#attachment = attach(field, {
      source: this.source,
      host: this,
      ghost: !has("no-ghost"),
      strip: !has("no-strip"),
      rejectable: has("rejectable"),
      ...(has("no-learn") && { learn: false }),
      ...(has("no-feedback") && { feedback: false }),
      ...number("limit"),
      ...number("min-probability"),
    });
    const { suggester } = this.#attachment;
    suggester.subscribe(() => {
      const { predictions, latest, error } = suggester;
      const name = error ? "afterword-error" : "afterword-change";
      this.dispatchEvent(new CustomEvent(name, { detail: { predictions, latest, error }, bubbles: true })); // prettier-ignore
    });
  }

  #connect(): Session {
    const url = this.getAttribute("url") ?? location.origin;
    const [model, user] = [this.getAttribute("model"), this.getAttribute("user")];
    const transport = this.getAttribute("transport") === "http" ? "http" : "websocket";
    return connect({ url, ...(this.#key && { key: this.#key }) }).session({
      transport,
      ...(model && { model }),
      ...(user && { user }),
    });
  }
}

function camelOf(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
