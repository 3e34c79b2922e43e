// training/report/style: how the report looks, light and dark, wide and narrow.

import { PALETTE } from "./palette.ts";

export const STYLE = `${PALETTE}:root {
  --heat: light-dark(59 79 196, 157 171 255);
  --s0: light-dark(#3b4fc4, #9dabff);
  --s1: light-dark(#b4540a, #ffb066);
}
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { margin: 0; font: 600 1.75rem/1.2 Georgia, serif; overflow-wrap: anywhere; }
h1 + p { margin: 0.25rem 0 1.25rem; }
h2 { margin: 2.5rem 0 0.75rem; font: 600 1.25rem/1.3 Georgia, serif; }
h3 { margin: 0 0 0.5rem; font-size: 0.875rem; }
p, dt, .quiet { color: var(--quiet); }
p { max-width: 46rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 0; }
.tiles div, figure, .panel { padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); }
.tiles dt { font-size: 0.875rem; }
.tiles dd { margin: 0; font: 600 1.5rem/1.3 Georgia, serif; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; font: 0.8125rem/1.4 system-ui, sans-serif; color: var(--quiet); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.75rem; }
figure { margin: 0; }
figcaption { margin-bottom: 0.25rem; font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font: 11px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); }
svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .s0 { stroke: var(--s0); } svg .s1 { stroke: var(--s1); }
svg circle.s0 { fill: var(--s0); } svg circle.s1 { fill: var(--s1); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.25rem 0 0; padding: 0; list-style: none; font-size: 0.875rem; }
.key { display: inline-block; width: 1rem; height: 3px; margin-right: 0.4rem; border-radius: 2px; vertical-align: middle; }
.key.s0 { background: var(--s0); } .key.s1 { background: var(--s1); }
.scroll { overflow-x: auto; }
table { width: 100%; font-size: 0.9375rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.375rem 0.5rem; border-bottom: 1px solid var(--line); text-align: end; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; font-size: 0.8125rem; }
th:first-child, td:first-child { min-width: 7rem; padding-left: 0; text-align: start; white-space: normal; }
.heat :is(th, td):first-child { white-space: nowrap; }
tr.ours { font-weight: 600; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: 0.75rem; }
.two > * { min-width: 0; }
.sample { margin: 0 0 0.5rem; max-width: 60rem; color: var(--ink); font-family: Georgia, serif; }
.sample b { font-weight: 400; color: var(--quiet); }
details + details { margin-top: 0.5rem; }
summary { cursor: pointer; font-weight: 600; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1.5rem; margin: 0; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) {
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: 0.5rem; }
}
`;
