// client/react: suggestions for a field of a React component.

import { createElement, Fragment, useCallback, useEffect, useRef, useState } from "react";
import type { ReactElement, TextareaHTMLAttributes } from "react";
import { attach } from "../element/attach.ts";
import type { Attachment, AttachmentOptions } from "../element/attachment.ts";
import { sourceOf } from "../source.ts";
import type { SourceOptions } from "../source.ts";
import type { Prediction } from "../types.ts";

/** What suggestions are made from, and how they are shown. */
export type AfterwordOptions = SourceOptions & AttachmentOptions & { host?: HTMLElement | null };

/** A field with suggestions. */
export interface Afterword {
  /** Goes to the field. */
  ref(field: HTMLElement | null): void;
  suggestions: Prediction[];
  error: Error | null;
  accept(index?: number): boolean;
  reject(index: number): Promise<void>;
}

/**
 * Gives a text area, an input or an editable element suggestions.
 *
 * @example
 * const { ref, suggestions } = useAfterword({ url });
 * return <textarea ref={ref} />;
 */
export function useAfterword(options: AfterwordOptions): Afterword {
  const [field, ref] = useState<HTMLElement | null>(null);
  const [shown, setShown] = useState<Pick<Afterword, "suggestions" | "error">>({ suggestions: [], error: null });
  const attachment = useRef<Attachment | null>(null);
  const latest = useRef(options);
  latest.current = options;
  const origin = "source" in options ? options.source : `${options.url} ${options.key} ${options.model}`;
  const { host } = options;

  useEffect(() => {
    if (!field || host === null) return;
    const { source, close } = sourceOf(latest.current);
    const { host: _, ...rest } = latest.current;
    const attached = attach(field, { ...rest, source, ...(host && { host }) });
    attachment.current = attached;
    const { suggester } = attached;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // behind the event: drawn within it, React would set a text that it has not been told of yet
    suggester.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setShown({ suggestions: suggester.predictions, error: suggester.error });
      });
    });
    return () => {
      clearTimeout(timer);
      attachment.current = null;
      attached.detach();
      close();
    };
  }, [field, host, origin]);

  const accept = useCallback((index?: number) => attachment.current?.accept(index) ?? false, []);
  const reject = useCallback(async (index: number) => attachment.current?.reject(index), []);
  return { ref, ...shown, accept, reject };
} // prettier-ignore

/** A text area with suggestions in it and below. */
export type AfterwordTextareaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & {
  afterword: AfterwordOptions;
};

/**
 * A text area with suggestions: everything that a `<textarea>` takes, and where they come from.
 *
 * @example
 * <AfterwordTextarea afterword={{ url }} value={text} onChange={(event) => setText(event.target.value)} />
 */
export function AfterwordTextarea({ afterword, ...props }: AfterwordTextareaProps): ReactElement {
  const [host, setHost] = useState<HTMLElement | null>(null);
  const { ref } = useAfterword({ ...afterword, host });
  return createElement(
    Fragment,
    null,
    createElement("textarea", { ...props, ref }),
    createElement("div", { ref: setHost }),
  );
}
