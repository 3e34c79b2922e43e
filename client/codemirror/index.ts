// client/codemirror: an extension for CodeMirror 6: ghost text at the cursor, and keys that accept it.

import { Prec, StateEffect } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, ViewPlugin, WidgetType } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import type { TextChange } from "../../inference/acceptance.ts";
import { sourceOf } from "../source.ts";
import type { SourceOptions } from "../source.ts";
import { Suggester } from "../suggester.ts";

const shown = StateEffect.define<null>();

class GhostText extends WidgetType {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override eq(other: GhostText): boolean {
    return other.#text === this.#text;
  }

  override toDOM(): HTMLElement {
    const ghost = document.createElement("span");
    ghost.className = "cm-afterword-ghost";
    ghost.ariaHidden = "true";
    ghost.textContent = this.#text;
    return ghost;
  }
}

/**
 * Suggestions at the cursor. Tab or → accepts the first, Alt+1…5 picks one, Escape hides them.
 *
 * @example
 * new EditorView({ extensions: [afterword({ url })] });
 */
export function afterword(options: SourceOptions): Extension {
  const plugin = ViewPlugin.define((view) => new Suggestions(view, options), {
    decorations: ({ decorations }) => decorations,
    provide: (own) =>
      EditorView.inputHandler.of((view, from, to, text) => {
        return from === to && (view.plugin(own)?.type(text) ?? false);
      }),
  });
  const run = (act: (suggestions: Suggestions) => boolean) => (view: EditorView) => {
    const suggestions = view.plugin(plugin);
    return suggestions ? act(suggestions) : false;
  };
  const bindings = keymap.of([
    { key: "Tab", run: run((suggestions) => suggestions.accept(0)) },
    { key: "ArrowRight", run: run((suggestions) => suggestions.isShown && suggestions.accept(0)) },
    { key: "Escape", run: run((suggestions) => suggestions.dismiss()) },
    ...[1, 2, 3, 4, 5].map((number) => ({
      key: `Alt-${number}`,
      run: run((suggestions) => suggestions.accept(number - 1)),
    })),
  ]);
  const theme = EditorView.baseTheme({ ".cm-afterword-ghost": { opacity: 0.6, pointerEvents: "none" } }); // prettier-ignore
  return [plugin, Prec.highest(bindings), theme];
}

class Suggestions {
  decorations: DecorationSet = Decoration.none;
  readonly #view: EditorView;
  readonly #suggester: Suggester;
  readonly #close: () => void;
  #isDestroyed = false;

  constructor(view: EditorView, options: SourceOptions) {
    const { source, close } = sourceOf(options);
    this.#view = view;
    this.#close = close;
    this.#suggester = new Suggester(source, options);
    // an editor takes no changes while it is being updated
    this.#suggester.subscribe(() => queueMicrotask(() => {
      if (!this.#isDestroyed) view.dispatch({ effects: shown.of(null) });
    }));
  } // prettier-ignore

  /** Whether the first suggestion is seen at the cursor. */
  get isShown(): boolean {
    return this.decorations !== Decoration.none;
  }

  update({ docChanged, selectionSet, state, transactions, view }: ViewUpdate): void {
    const { main } = state.selection;
    const isOurs = transactions.some(({ effects }) => effects.some((effect) => effect.is(shown)));
    if (docChanged || selectionSet) {
      const [before, after] = [state.sliceDoc(0, main.head), state.sliceDoc(main.head)];
      if (main.empty) this.#suggester.input(before, after);
    }
    if (!docChanged && !selectionSet && !isOurs) return;
    const [first] = main.empty && !view.composing ? this.#suggester.predictions : [];
    const isEnd = main.head === state.doc.lineAt(main.head).to;
    this.decorations =
      first && isEnd && !first.replace
        ? Decoration.set(Decoration.widget({ widget: new GhostText(first.insert), side: 1 }).range(main.head)) // prettier-ignore
        : Decoration.none;
  }

  accept(index: number): boolean {
    if (!this.#view.state.selection.main.empty) return false;
    const change = this.#suggester.accept(index);
    if (change) this.#apply(change, "input.complete");
    return change !== null;
  }

  dismiss(): boolean {
    if (this.#suggester.predictions.length === 0) return false;
    this.#suggester.dismiss();
    return true;
  }

  /** Typed text, where that changes more than it says. */
  type(text: string): boolean {
    const change = this.#suggester.type(text);
    if (change) this.#apply(change, "input.type");
    return change !== null;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#suggester.stop();
    this.#close();
  }

  #apply({ replace, insert, skip }: TextChange, userEvent: string): void {
    const { head } = this.#view.state.selection.main;
    const [from, to] = [head - replace, head + skip];
    const selection = { anchor: from + insert.length };
    this.#view.dispatch({ changes: { from, to, insert }, selection, userEvent });
  }
}
