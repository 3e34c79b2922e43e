// test/slow/pages/interactions: what people do to a field, and what it becomes. `|` is the cursor; {1} and {2} are what the first and
// second suggestion inserted when it was waited last, * any word. How scripts are read: `perform` in ./fields.ts.

import type { FieldName } from "./fields.ts";

/** All fields, where none are named. */
export const INTERACTIONS: [script: string, becomes: string, fields?: FieldName[]][] = [
  // accepting
  ["the uni<…><Tab>", "the uni{1} |"],
  ["the uni<…><ArrowRight>", "the uni{1} |"],
  ["the uni<…><Alt+Digit1>", "the uni{1} |"],
  ["the uni<…><Alt+Digit2>", "the uni{2} |"],
  ["the <…><Tab>", "the {1} |"],
  ["the<…><Tab>", "the{1} |"],
  ["The state of the <…><Tab>", "The state of the {1} |"],
  ["the uni<Tab><…>", "the uni* |"], // pressed while the answer is under way
  // what is not accepting
  ["the uni<…><Shift+Tab>", "the uni|", ["area", "line"]],
  ["the uni<…><Escape><ArrowRight>", "the uni|"],
  ["the uni<…><Alt+Digit9>", "the uni|"],
  ["the uni<…><Control+Alt+Digit2>", "the uni|"],
  // the space of an accepted word
  ["the uni<…><Tab>.", "the uni{1}.|"],
  ["the uni<…><Tab>, and", "the uni{1}, and|"],
  ["the uni<…><Tab>;", "the uni{1};|"],
  ["the uni<…><Tab> and", "the uni{1} and|"],
  ["the uni<…><Tab>and", "the uni{1} and|"],
  ["the uni<…><Tab>'s", "the uni{1}'s|"],
  ["the uni<…><Tab>-", "the uni{1}-|"],
  ["the uni<…><Tab>(", "the uni{1} (|"],
  ["(the uni<…><Tab>)", "(the uni{1})|"],
  ['"the uni<…><Tab>"', '"the uni{1}"|'],
  ["the uni<…><Tab>. the", "the uni{1}. the|"],
  ["the uni<…><Tab><Backspace>.", "the uni{1}.|"],
  ["the uni<…><Tab><Enter>x", "the uni{1}\nx|", ["area"]],
  ["the uni<…><Tab><ArrowLeft>.", "the uni{1}.| "],
  // in the middle of a text
  ["the uni is<ArrowLeft><ArrowLeft><ArrowLeft><…><Tab>", "the uni{1} |is"],
  ["the uni.<ArrowLeft><…><Tab>", "the uni{1}|."],
  ["the state<Home><ArrowRight><ArrowRight><ArrowRight> uni<…><Tab>", "the uni{1} |state"],
  ["the unixx is<ArrowLeft><ArrowLeft><ArrowLeft><ArrowLeft><ArrowLeft><…><Tab>", "the uni{1} |is"],
  // undo is one step
  ["the uni<…><Tab><Control+z>", "the uni|"],
  ["the uni<…><Tab><Control+z><Control+Shift+z>", "the uni{1} |"],
  ["the uni<…><Tab>.<Control+z>", "the uni{1} |"],
  ["the uni<…><Tab><Control+z><…><Tab>", "the uni{1} |"],
  // selections
  ["the uni<…><Shift+ArrowLeft><Tab>", "the uni"],
  ["the uni<Control+a>the st<…><Tab>", "the st{1} |"],
  ["the uni<Control+a><Delete>the <…><Tab>", "the {1} |"],
  // what is pasted, and what is not letters
  ["<paste the State of the uni><…><Tab>", "the State of the uni{1} |"],
  ["<paste the 😀 uni><…><Tab>", "the 😀 uni{1} |"],
  ["<paste 👨‍👩‍👧 the uni><…><Tab>", "👨‍👩‍👧 the uni{1} |"],
  ["<paste שלום uni><…><Tab>", "שלום uni{1} |"],
  ["<paste the\n\nuni><…><Tab>", "the\n\nuni{1} |", ["area"]],
  ["THE UNI<…><Tab>", "THE UNI{1} |"],
  ["Uni<…><Tab>", "Uni{1} |"],
  // input methods: nothing is suggested while they compose
  ["the <compose un><compose uni><commit uni><…><Tab>", "the uni{1} |"],
  ["the <compose uni><commit st><…><Tab>", "the st{1} |"],
  ["<commit the ><commit uni><…><Tab>", "the uni{1} |"],
  ["the uni<…><Tab><commit .>", "the uni{1}.|"],
  ["the uni<…><click 1><commit ,>", "the uni{1},|"],
  ["the uni<…><click 2><commit and>", "the uni{2} and|"],
  ["the <compose uni><commit uni><…><Tab><Control+z>", "the uni|"],
  ["<commit 日本語の ><paste uni><…><Tab>", "日本語の uni{1} |"],
  // telephones' keyboards put a word in place of another
  ["the uno<Backspace>i<…><click 1>.", "the uni{1}.|"],
  // several in a row
  ["the <…><Tab><…><Tab>", "the * {1} |"],
  ["the uni<…><Tab>. <…><Tab>", "the *. {1} |"],
  // after Escape the suggestions come back with the next letter
  ["the un<…><Escape>i<…><Tab>", "the uni{1} |"],
]; // prettier-ignore
