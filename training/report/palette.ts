// training/report/palette: the colours of the report and of the edge's pages, light and dark. edge/pages/build puts them before the
// pages' own style.

export const PALETTE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d1d24, #ececf1);
  --quiet: light-dark(#5b5b6b, #a5a5b5);
  --paper: light-dark(#fbfaf7, #17171c);
  --card: light-dark(#fff, #212128);
  --line: light-dark(#d8d6cf, #3a3a45);
  --accent: light-dark(#3b4fc4, #9dabff);
  font: 1rem/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
`;
