// client/prosemirror: a plugin for ProseMirror, and so for TipTap: ghost text at the cursor, and keys that accept it.

import { Plugin, PluginKey } from "prosemirror-state";
import type { EditorState } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import type { EditorView } from "prosemirror-view";
import type { TextChange } from "../../inference/acceptance.ts";
import { sourceOf } from "../source.ts";
import type { SourceOptions } from "../source.ts";
import { Suggester } from "../suggester.ts";

/** Names the plugin in an editor's state. */
export const afterwordKey = new PluginKey("afterword");

/**
 * Suggestions at the cursor. Tab or → accepts the first, Alt+1…5 picks one, Escape hides them.
 *
 * @example
 * Extension.create({ addProseMirrorPlugins: () => [afterword({ url })] }); // in TipTap
 */
export function afterword(options: SourceOptions): Plugin {
  const { source, close } = sourceOf(options);
  const suggester = new Suggester(source, options);
  return new Plugin({
    key: afterwordKey,
    props: {
      decorations: (state) => ghostIn(state, suggester),
      handleKeyDown: (view, event) => press(view, event, suggester),
      handleTextInput(view, from, to, text) {
        const change = from === to ? suggester.type(text) : null;
        if (change) apply(view, change);
        return change !== null;
      },
    },
    view(view) {
      const tell = ({ state }: EditorView) => {
        const { selection, doc } = state;
        if (!selection.empty || !selection.$from.parent.isTextblock) return;
        const between = (from: number, to: number) => doc.textBetween(from, to, "\n", "\ufffc");
        suggester.input(between(0, selection.from), between(selection.from, doc.content.size));
      };
      // drawn anew whenever something else is offered
      suggester.subscribe(() => queueMicrotask(() => {
        if (!view.isDestroyed) view.dispatch(view.state.tr.setMeta(afterwordKey, true));
      }));
      tell(view);
      return {
        update: tell,
        destroy() {
          suggester.stop();
          close();
        },
      };
    },
  }); // prettier-ignore
}

function ghostIn({ selection, doc }: EditorState, suggester: Suggester): DecorationSet | null {
  const { $from, empty } = selection;
  const [first] = suggester.predictions;
  const isEnd = $from.parentOffset === $from.parent.content.size;
  if (!empty || !isEnd || !first || first.replace) return null;
  const draw = () => {
    const ghost = document.createElement("span");
    ghost.className = "afterword-ghost";
    ghost.style.opacity = "0.6";
    ghost.ariaHidden = "true";
    ghost.textContent = first.insert;
    return ghost;
  };
  return DecorationSet.create(doc, [Decoration.widget($from.pos, draw, { side: 1, key: first.insert })]); // prettier-ignore
}

function press(view: EditorView, event: KeyboardEvent, suggester: Suggester): boolean {
  if (view.composing || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  if (event.key === "Escape" && suggester.predictions.length > 0) {
    suggester.dismiss();
    return true;
  }
  const digit = event.altKey ? Number(/^Digit([1-5])$/.exec(event.code)?.[1] ?? 0) : 0;
  const isArrow = event.key === "ArrowRight" && ghostIn(view.state, suggester) !== null;
  const isFirst = !event.altKey && (event.key === "Tab" || isArrow);
  if ((!isFirst && digit === 0) || !view.state.selection.empty) return false;
  const change = suggester.accept(isFirst ? 0 : digit - 1);
  if (change) apply(view, change);
  return change !== null;
}

function apply(view: EditorView, { replace, insert, skip }: TextChange): void {
  const { from } = view.state.selection;
  const [start, end] = [from - replace, from + skip];
  const { tr } = view.state;
  view.dispatch(insert === "" ? tr.delete(start, end) : tr.insertText(insert, start, end));
}
