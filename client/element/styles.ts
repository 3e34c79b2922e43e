// client/element/styles: how suggestions look where a page says nothing else: by custom properties, or by the parts `ghost`,
// `strip`, `suggestion`, `first` and `reject`.

/** The element's style sheet; custom properties `--afterword-…` are for the page to set. */
export const STYLES = `
:host { display: block; position: relative; color-scheme: inherit }
:host([hidden]), [hidden] { display: none !important }
.ghost { position: absolute; contain: strict; box-sizing: border-box; overflow: hidden; pointer-events: none; overflow-wrap: break-word; z-index: 1; margin: 0; border: 0 }
.unseen { visibility: hidden }
[part=ghost] { color: var(--afterword-ghost-color, color-mix(in srgb, currentColor 62%, transparent)) }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
[part=strip] { display: flex; min-height: calc(var(--afterword-target, 2.25rem) + 2 * var(--afterword-gap, .375rem)); overflow-x: auto; scrollbar-width: none; gap: var(--afterword-gap, .375rem); padding-block: var(--afterword-gap, .375rem) }
.item { display: flex; flex: none }
button { min-height: var(--afterword-target, 2.25rem); min-width: 2.75rem; padding: 0 .75rem; border: 1px solid var(--afterword-line, color-mix(in srgb, currentColor 30%, transparent)); border-radius: var(--afterword-radius, .5rem); background: var(--afterword-background, transparent); color: inherit; font: inherit; white-space: nowrap; cursor: pointer; transition: background-color .1s; touch-action: manipulation }
button:hover { background: var(--afterword-hover, color-mix(in srgb, currentColor 8%, transparent)) }
[part~=first] { border-color: var(--afterword-accent, currentColor); font-weight: 600 }
.item > :first-child:not(:last-child) { border-start-end-radius: 0; border-end-end-radius: 0 }
[part=reject] { min-width: 2.25rem; padding: 0; border-inline-start: 0; border-start-start-radius: 0; border-end-start-radius: 0 }
@media (pointer: coarse) {
  [part=strip] { position: sticky; bottom: 0; background: var(--afterword-paper, Canvas) }
  .item { flex: 1 0 auto } .item > :first-child { flex: 1 }
  button { min-height: var(--afterword-target, 2.75rem) }
}
@media (prefers-reduced-motion: reduce) { button { transition: none } }
@media (forced-colors: active) { [part=ghost] { color: GrayText } }
`;
