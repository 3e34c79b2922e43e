// client/source: where an editor's suggestions come from: a source that is given, or a session that is made for it.

import { connect } from "./connect.ts";
import type { SuggesterOptions, SuggestionSource } from "./suggester.ts";

/** What suggestions are made from: a session, or a server. */
export type SourceOptions = SuggesterOptions &
  ({ source: SuggestionSource } | { url: string; key?: string; model?: string; user?: string });

/**
 * The source, and how to be done with it: a session that was given stays open.
 *
 * @example
 * const { source, close } = sourceOf({ url });
 * const suggester = new Suggester(source);
 */
export function sourceOf(options: SourceOptions): { source: SuggestionSource; close(): void } {
  if ("source" in options) return { source: options.source, close: () => {} };
  const { url, key, model, user } = options;
  const session = connect({ url, ...(key !== undefined && { key }) }).session({ ...(model && { model }), ...(user && { user }) });
  return { source: session, close: () => session.close() };
} // prettier-ignore
