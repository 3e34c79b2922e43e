// training/report/chart: curves as inline SVG: no script, no network, colours from the page's own style.

export interface Series {
  name: string;
  points: [x: number, y: number][]; // x ascending
  dots?: boolean; // few points, each shown
}

export interface ChartOptions {
  title: string;
  xLabel: string;
  series: Series[];
  logarithmic?: boolean; // in y
  fromZero?: boolean; // y begins there
}

// in the SVG's own units, which are about a pixel each
const WIDTH = 360;
const HEIGHT = 230;
const LEFT = 46;
const RIGHT = 18; // half of the last number under the axis
const TOP = 10;
const BOTTOM = 34;
const MAX_POINTS = 240;
const TICKS = 5;

/** A figure with one line a series, axes, and what each line is. */
export function drawChart(options: ChartOptions): string {
  const { title, xLabel, series, logarithmic = false, fromZero = false } = options;
  const canDraw = ([, y]: [number, number]) => Number.isFinite(y) && (!logarithmic || y > 0);
  const drawn = series
    .map((line) => ({ ...line, points: line.points.filter(canDraw) }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) {
    return `<figure><figcaption>${escape(title)}</figcaption><p>There is nothing to draw.</p></figure>`;
  }
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => x));
  const ys = drawn.flatMap(({ points }) => points.map(([, y]) => y));
  if (fromZero) ys.push(0);
  const xScale = makeScale(xs, LEFT, WIDTH - RIGHT, false);
  const yScale = makeScale(ys, HEIGHT - BOTTOM, TOP, logarithmic);
  const parts = [
    ...yScale.ticks.map((tick) => {
      const y = yScale.place(tick);
      return (
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>` +
        `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${writeNumber(tick)}</text>`
      );
    }),
    ...xScale.ticks.map(
      (tick) =>
        `<text x="${xScale.place(tick)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${writeNumber(tick)}</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 3}" text-anchor="end">${escape(xLabel)}</text>`,
    ...drawn.map((line, index) => drawSeries(line, index, xScale, yScale)),
  ];
  const legend = drawn.map(
    ({ name }, index) => `<li><span class="key s${index}"></span>${escape(name)}</li>`,
  );
  const label = `${title}: ${drawn.map(describe).join("; ")}`;
  return (
    `<figure><figcaption>${escape(title)}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(label)}">${parts.join("")}</svg>` +
    `<ul class="legend">${legend.join("")}</ul></figure>`
  );
}

interface Scale {
  place(value: number): number;
  ticks: number[];
}

function drawSeries({ points, dots }: Series, index: number, x: Scale, y: Scale): string {
  const every = Math.ceil(points.length / MAX_POINTS);
  const kept = points.filter((_, at) => at % every === 0 || at === points.length - 1);
  const places = kept.map(([px, py]) => [x.place(px).toFixed(1), y.place(py).toFixed(1)]);
  const line = `<polyline class="s${index}" points="${places.map((place) => place.join()).join(" ")}"/>`;
  if (!dots) return line;
  const marks = places.map(
    ([cx, cy]) => `<circle class="s${index}" cx="${cx}" cy="${cy}" r="2.5"/>`,
  );
  return line + marks.join("");
}

function makeScale(values: number[], from: number, to: number, logarithmic: boolean): Scale {
  const warp = logarithmic ? Math.log : (value: number) => value;
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low * 0.9, high * 1.1 || 1];
  const ticks = logarithmic ? powersBetween(low, high) : roundBetween(low, high);
  low = Math.min(low, ticks[0]!);
  high = Math.max(high, ticks.at(-1)!);
  const scale = (to - from) / (warp(high) - warp(low));
  return { ticks, place: (value) => from + (warp(value) - warp(low)) * scale };
}

/** Round numbers a step apart that the values lie between. */
function roundBetween(low: number, high: number): number[] {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** Numbers of the form 1, 2 or 5 times a power of ten around the values. */
function powersBetween(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const factor of [1, 2, 5]) ticks.push(factor * power);
  }
  const inside = ticks.filter((tick) => tick >= low && tick <= high);
  return inside.length > 1 ? inside : roundBetween(low, high);
}

function writeNumber(value: number): string {
  if (Math.abs(value) >= 10_000) return `${Number((value / 1_000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

function describe({ name, points }: Series): string {
  const [first, last] = [points[0]![1], points.at(-1)![1]];
  return `${name} from ${first.toPrecision(3)} to ${last.toPrecision(3)}`;
}

/** Text that may stand anywhere in HTML. */
export function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
