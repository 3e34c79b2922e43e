// client/local/backend: a model in a Web Worker as what answers a session.

import type { Backend, Predictions, Question } from "../types.ts";
import type { ModelFile } from "./file.ts";
import type { Message } from "./worker.ts";

interface Reply {
  id: number;
  answer?: Predictions;
  error?: string;
  question?: Question; // that is answered ahead, after the one of that number
}

/**
 * An engine in a Web Worker.
 *
 * @example
 * const file = await fetchFile({ url });
 * const session = new Session(await WorkerBackend.open("/client/worker.js", file));
 */
export class WorkerBackend implements Backend {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #ahead: Record<string, Predictions> = {}; // by the question that may follow the last one
  #last = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const { id, question, answer } = data;
      if (question && id === this.#last) this.#ahead[JSON.stringify(question)] = answer!;
      if (question) return;
      this.#waiting.get(id)?.(data);
      this.#waiting.delete(id);
    });
    worker.addEventListener("error", ({ message }) => {
      for (const [id, resolve] of this.#waiting) resolve({ id, error: message || "the worker failed" });
      this.#waiting.clear();
    });
  } // prettier-ignore

  /** Hands the file over to a new worker. @throws Error where it is no edge file */
  static async open(url: URL | string, { file, names }: ModelFile): Promise<WorkerBackend> {
    const backend = new WorkerBackend(startWorker(String(url)));
    try {
      await backend.#ask({ file, names }, [file]);
    } catch (error) {
      backend.close();
      throw error;
    }
    return backend;
  }

  async predict({ signal, ...question }: Question): Promise<Predictions> {
    signal?.throwIfAborted();
    const known = this.#ahead[JSON.stringify(question)];
    this.#ahead = {};
    const answer = this.#ask({ question }); // the worker goes along, whether it is waited for or not
    answer.catch(() => {}); // where it is not, the next question hears of it
    return known ?? (await answer)!;
  }

  close(): void {
    this.#worker.terminate();
  }

  async delete(): Promise<void> {
    this.close();
  }

  async #ask(
    message: Message extends infer M ? (M extends { id: number } ? Omit<M, "id"> : never) : never,
    transfer: Transferable[] = [],
  ): Promise<Predictions | undefined> {
    const id = ++this.#last;
    const { answer, error } = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, ...message }, transfer);
    });
    if (error !== undefined) throw new Error(error);
    return answer;
  }
}

/** A page may start workers of its own origin only; another one's is imported by one of its own. */
function startWorker(url: string): Worker {
  const isForeign = new URL(url, location.href).origin !== location.origin;
  if (!isForeign) return new Worker(url, { type: "module" });
  const code = new Blob([`import ${JSON.stringify(url)}`], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(code), { type: "module" });
}
