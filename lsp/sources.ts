// lsp/sources: who predicts for an editor: a model's file in this process, or an edge.

import { connect } from "#client/connect";
import { DirectBackend } from "#client/local/direct-backend";
import { createEngine } from "#client/local/engine";
import { Session } from "#client/session";

/** Sessions of a model in this process. @throws Error where the file is no edge file */
export function sessionsOfFile(kernels: WebAssembly.Module, file: Uint8Array): () => Session {
  const open = () => createEngine(kernels, file, { model: "local", version: "local" });
  let first: ReturnType<typeof open> | undefined = open(); // a file that is none is said at once
  return () => {
    const engine = first ?? open();
    first = undefined;
    return new Session(new DirectBackend(engine));
  };
}

/** Sessions of an edge. */
export function sessionsOfEdge({ url, key, model }: { url: string; key?: string; model?: string }): () => Session {
  const client = connect({ url, ...(key !== undefined && { key }) });
  return () => client.session(model === undefined ? {} : { model });
} // prettier-ignore
