// kernels/assembly/embedding: rows of the embedding, gathered for a batch, and their gradients, where ids repeat.
//
// H hidden size. A word's row lies in pieces of 16 floats, `…Panel` bytes apart, rows `…Row` bytes apart: 64 and H
// rounded up for a table of rows, V rows and 64 where the softmax shares it. Gathered rows lie in panels as all else.

/** out[t] = table[ids[t]] · mask[t] for tokens first … last−1, and 1 in column H, which multiplies the bias. */
export function gatherEmbedding(
  out: usize, // f32 [tokens, H + 1]
  outStride: usize, // of out and mask
  mask: usize, // 0: there is no dropout
  table: usize,
  tableRow: usize,
  tablePanel: usize,
  ids: usize, // i32 [tokens]
  first: i32,
  last: i32,
  H: i32,
): void {
  for (let token = first; token < last; token++) {
    let from = table + <usize>load<i32>(ids + (token << 2)) * tableRow;
    let at = token << 6;
    for (let unit = 0; unit < H; unit += 16) {
      for (let lane = 0; lane < 64; lane += 16) {
        let piece = v128.load(from + lane);
        if (mask) piece = f32x4.mul(piece, v128.load(mask + at + lane));
        v128.store(out + at + lane, piece);
      }
      from += tablePanel;
      at += outStride;
    }
    store<f32>(out + (H >> 4) * outStride + (token << 6) + ((H & 15) << 2), 1);
  }
}

/**
 * Adds up the gradients of tokens with the same id, in the order of the batch, into the first of them, for firsts among
 * tokens first … last−1. Returns Σ of their squares.
 */
export function gatherGradients(
  gradient: usize, // f32 [tokens, H]
  stride: usize,
  leads: usize, // i32 [tokens], 1 where an id occurs for the first time
  next: usize, // i32 [tokens], where the id occurs again, −1 for never
  first: i32,
  last: i32,
  H: i32,
): f64 {
  let squares: f64 = 0;
  for (let token = first; token < last; token++) {
    if (!load<i32>(leads + (token << 2))) continue;
    for (let panel = gradient; panel < gradient + ((H + 15) >> 4) * stride; panel += stride) {
      const into = panel + (token << 6);
      let other = load<i32>(next + (token << 2));
      for (; other >= 0; other = load<i32>(next + (other << 2)))
        addSixteen(into, panel + (other << 6));
      squares += squareSixteen(into);
    }
  }
  return squares;
}

/**
 * Adds the gathered gradients of firsts among tokens first … last−1 to the rows of a table of gradients, one that
 * another use has filled. Returns by how much Σ squares of the table has grown.
 */
export function scatterAdd(
  table: usize,
  tableRow: usize,
  tablePanel: usize,
  gradient: usize, // f32 [tokens, H]
  stride: usize,
  leads: usize, // i32 [tokens]
  ids: usize, // i32 [tokens]
  first: i32,
  last: i32,
  H: i32,
): f64 {
  let growth: f64 = 0;
  for (let token = first; token < last; token++) {
    if (!load<i32>(leads + (token << 2))) continue;
    let into = table + <usize>load<i32>(ids + (token << 2)) * tableRow;
    let from = gradient + (token << 6);
    for (let unit = 0; unit < H; unit += 16) {
      growth -= squareSixteen(into);
      addSixteen(into, from);
      growth += squareSixteen(into);
      into += tablePanel;
      from += stride;
    }
  }
  return growth;
}

/** table[ids[t]] -= rate · gradient[t] for firsts among tokens first … last−1. */
export function updateEmbedding(
  table: usize,
  tableRow: usize,
  tablePanel: usize,
  gradient: usize, // f32 [tokens, H]
  stride: usize,
  leads: usize, // i32 [tokens]
  ids: usize, // i32 [tokens]
  first: i32,
  last: i32,
  H: i32,
  rate: f32,
): void {
  const rates = f32x4.splat(rate);
  for (let token = first; token < last; token++) {
    if (!load<i32>(leads + (token << 2))) continue;
    let into = table + <usize>load<i32>(ids + (token << 2)) * tableRow;
    let from = gradient + (token << 6);
    for (let unit = 0; unit < H; unit += 16) {
      for (let lane = 0; lane < 64; lane += 16) {
        const change = f32x4.mul(rates, v128.load(from + lane));
        v128.store(into + lane, f32x4.sub(v128.load(into + lane), change));
      }
      into += tablePanel;
      from += stride;
    }
  }
}

function addSixteen(into: usize, from: usize): void {
  for (let lane = 0; lane < 64; lane += 16) {
    v128.store(into + lane, f32x4.add(v128.load(into + lane), v128.load(from + lane)));
  }
}

function squareSixteen(at: usize): f64 {
  let sum = f32x4.splat(0);
  for (let lane = 0; lane < 64; lane += 16) {
    const x = v128.load(at + lane);
    sum = f32x4.add(sum, f32x4.mul(x, x));
  }
  return (
    <f64>f32x4.extract_lane(sum, 0) +
    <f64>f32x4.extract_lane(sum, 1) +
    <f64>f32x4.extract_lane(sum, 2) +
    <f64>f32x4.extract_lane(sum, 3)
  );
}
