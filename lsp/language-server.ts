// lsp/language-server: predictions in an editor, over the Language Server Protocol: ghost text (textDocument/inlineCompletion) and
// rows of its list (textDocument/completion).

import { createConnection, TextDocumentSyncKind } from "vscode-languageserver/node";
import type { CancellationToken, Connection, TextDocumentPositionParams } from "vscode-languageserver/node"; // prettier-ignore
import type { Session } from "#client/session";
import type { Prediction } from "#client/types";
import { toCompletionItem, toInlineItem } from "./completion-items.ts";
import type { Place } from "./completion-items.ts";
import { contextOf, DocumentSessions } from "./document-sessions.ts";
import { applyChanges, offsetAt } from "./document-text.ts";

export interface LanguageServerOptions {
  version: string;
  /** Begins a session for a document. */
  openSession(): Session;
  /** How many words are offered. */
  limit: number;
  /** What is less probable is not offered. */
  minProbability: number;
}

interface Found extends Place {
  predictions: Prediction[];
}

/** Serves an editor on these streams, until it ends the connection. */
export function serveEditor(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  options: LanguageServerOptions,
): void {
  const connection = createConnection(input, output);
  const texts = new Map<string, string>();
  const sessions = new DocumentSessions(options.openSession);

  connection.onInitialize(() => ({
    serverInfo: { name: "afterword", version: options.version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      completionProvider: { triggerCharacters: [" "] },
      inlineCompletionProvider: true,
    },
  }));
  connection.onDidOpenTextDocument(({ textDocument: { uri, text } }) => void texts.set(uri, text));
  connection.onDidChangeTextDocument(({ textDocument: { uri }, contentChanges }) => {
    texts.set(uri, applyChanges(texts.get(uri) ?? "", contentChanges));
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    texts.delete(uri);
    sessions.close(uri);
  });

  const find = async (
    { textDocument: { uri }, position }: TextDocumentPositionParams,
    token: CancellationToken,
  ): Promise<Found> => {
    const place = placeAt(texts.get(uri) ?? "", position);
    const { limit, minProbability } = options;
    const answer = await sessions
      .of(uri)
      .update(contextOf(place.before), { limit, signal: signalOf(token) })
      .catch((error: Error) => report(connection, error, token));
    const predictions = answer?.predictions ?? []; // none where a later question overtook this one
    return {
      ...place,
      predictions: predictions.filter(({ probability }) => probability >= minProbability),
    };
  };

  connection.onCompletion(async (params, token) => {
    const { predictions, ...place } = await find(params, token);
    const items = predictions.flatMap((prediction, index) => toCompletionItem(place, prediction, index)); // prettier-ignore
    return { isIncomplete: true, items }; // the next letter asks again
  });
  connection.languages.inlineCompletion.on(async (params, token) => {
    const { predictions, ...place } = await find(params, token);
    return predictions.flatMap((prediction) => toInlineItem(place, prediction));
  });
  connection.listen();
}

/** The text before a position, and that behind it in its line. */
function placeAt(text: string, position: { line: number; character: number }): Place {
  const at = offsetAt(text, position);
  const { character } = position;
  const before = text.slice(0, at);
  const start = /[^\r\n]*$/.exec(before)!.index;
  const after = /^[^\r\n]*/.exec(text.slice(at))![0];
  return { position: { line: position.line, character: Math.min(character, at - start) }, before, after }; // prettier-ignore
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** An editor goes on without suggestions; why there are none stands in its log. */
function report(connection: Connection, { message }: Error, token: CancellationToken): null {
  if (!token.isCancellationRequested) connection.console.error(message);
  return null;
}
