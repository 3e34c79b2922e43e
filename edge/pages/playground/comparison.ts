// edge/pages/playground/comparison: the edge, the page or both behind one text field. The model in the page is loaded when it
// is first wanted; until it is there, the edge answers.

import { WorkerBackend } from "#client/local/backend";
import { fetchFile } from "#client/local/file";
import { Session } from "#client/session";
import type { SuggestionSource } from "#client/suggester";
import type { CallOptions, Predictions } from "#client/types";

export type Place = "edge" | "page" | "both";

/** What is known of the answers so far. */
export interface Timing {
  /** Milliseconds of the last answer. */
  edge?: number;
  page?: number;
  /** Texts that both answered … */
  compared: number;
  /** … with other bits. */
  different: number;
}

export interface ComparisonOptions {
  edge: Session;
  server: { url: string; key?: string };
  /** Called after every answer, and while the model is loading. */
  onTiming(timing: Timing): void;
  onLoading(message: string): void;
}

export class Comparison implements SuggestionSource {
  readonly timing: Timing = { compared: 0, different: 0 };
  readonly #options: ComparisonOptions;
  #place: Place = "edge";
  #page: Session | null = null;
  #loading: Promise<void> | null = null;

  constructor(options: ComparisonOptions) {
    this.#options = options;
  }

  get place(): Place {
    return this.#place;
  }

  /** Has the model loaded where it is needed; resolves when it is there, or cannot be had. */
  async move(place: Place): Promise<void> {
    this.#place = place;
    if (place !== "edge") await (this.#loading ??= this.#load());
  }

  update(text: string, options?: CallOptions): Promise<Predictions | null> {
    return this.#ask((session) => session.update(text, options));
  }

  reject(word: string, options?: CallOptions): Promise<Predictions> {
    return this.#ask((session) => session.reject(word, options)) as Promise<Predictions>; // prettier-ignore
  }

  async #ask(call: (session: Session) => Promise<Predictions | null>) {
    const page = this.#place === "edge" ? null : this.#page;
    const edge = this.#place === "page" && page ? null : this.#options.edge;
    const timed = async (name: "edge" | "page", session: Session | null) => {
      if (!session) return null;
      const began = performance.now();
      const answer = await call(session);
      if (answer) this.timing[name] = performance.now() - began;
      return answer;
    };
    const fromPage = timed("page", page);
    const fromEdge = timed("edge", edge);
    const answer = page ? await fromPage : await fromEdge;
    if (page && edge) void this.#compare(fromPage, fromEdge);
    this.#options.onTiming(this.timing);
    return answer;
  }

  async #compare(...answers: Promise<Predictions | null>[]): Promise<void> {
    const [page, edge] = await Promise.all(answers.map((answer) => answer.catch(() => null)));
    if (!page || !edge || page.position !== edge.position) return;
    this.timing.compared++;
    if (JSON.stringify(page.predictions) !== JSON.stringify(edge.predictions)) this.timing.different++; // prettier-ignore
    this.#options.onTiming(this.timing);
  }

  async #load(): Promise<void> {
    const { server, onLoading } = this.#options;
    onLoading("loading the model …");
    try {
      const onProgress = (received: number, total: number) =>
        onLoading(`loading the model: ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`); // prettier-ignore
      const workerUrl = new URL("/client/worker.js", location.href);
      this.#page = new Session(
        await WorkerBackend.open(workerUrl, await fetchFile({ ...server, onProgress })),
      );
      onLoading("");
    } catch (error) {
      this.#loading = null; // the next time it is tried again
      onLoading(`the edge predicts instead: the model cannot be loaded (${(error as Error).message})`); // prettier-ignore
    }
  }
}
