// kernels/assembly/embedding: embedding lookup for a batch, and the scatter-add of its gradients, where ids repeat.
//
// H hidden size. A word's row lies in pieces of 16 floats, `…Panel` bytes apart; rows are `…Row` bytes apart. That
// describes both a plain table of rows and the softmax's panels, which a tied model uses. Gathered rows lie in panels.

/** out[t] = table[ids[t]] · mask[t] for tokens first … last−1, and 1 in column H, the factor of the bias. */
export function gatherEmbedding(
  out: usize, // f32 [tokens, H + 1]
  outStride: usize, // of out and mask
  mask: usize, // 0 without dropout
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
 * Adds up the gradients of tokens with the same id, in the order of the batch, at the id's first occurrence, for first
 * occurrences among tokens first … last−1. Returns Σ of their squares.
 */
export function gatherGradients(
  gradient: usize, // f32 [tokens, H]
  stride: usize,
  firstOccurrence: usize, // i32 [tokens], 1 where an id occurs for the first time, else 0
  nextOccurrence: usize, // i32 [tokens], where the id occurs next, −1 after the last time
  first: i32,
  last: i32,
  H: i32,
): f64 {
  const ones = f32x4.splat(1);
  let squares: f64 = 0;
  for (let token = first; token < last; token++) {
    if (!load<i32>(firstOccurrence + (token << 2))) continue;
    for (let panel = gradient; panel < gradient + ((H + 15) >> 4) * stride; panel += stride) {
      const into = panel + (token << 6);
      let other = load<i32>(nextOccurrence + (token << 2));
      while (other >= 0) {
        addSixteen(into, panel + (other << 6), ones);
        other = load<i32>(nextOccurrence + (other << 2));
      }
      squares += squareSixteen(into);
    }
  }
  return squares;
}

/**
 * Scatter-add: table[ids[t]] += factor · gradient[t] for tokens first … last−1 where an id occurs for the first time.
 * Returns by how much Σ of the table's squares grew. With a factor of 1 this adds to a gradient, with −rate it is the
 * SGD step of the rows that a batch used.
 */
export function scatterAdd(
  table: usize,
  tableRow: usize,
  tablePanel: usize,
  gradient: usize, // f32 [tokens, H]
  stride: usize,
  firstOccurrence: usize, // i32 [tokens]
  ids: usize, // i32 [tokens]
  first: i32,
  last: i32,
  H: i32,
  factor: f32,
): f64 {
  const factors = f32x4.splat(factor);
  let growth: f64 = 0;
  for (let token = first; token < last; token++) {
    if (!load<i32>(firstOccurrence + (token << 2))) continue;
    let into = table + <usize>load<i32>(ids + (token << 2)) * tableRow;
    let from = gradient + (token << 6);
    for (let unit = 0; unit < H; unit += 16) {
      growth -= squareSixteen(into);
      addSixteen(into, from, factors);
      growth += squareSixteen(into);
      into += tablePanel;
      from += stride;
    }
  }
  return growth;
}

// into += factors · from
function addSixteen(into: usize, from: usize, factors: v128): void {
  for (let lane = 0; lane < 64; lane += 16) {
    const change = f32x4.mul(factors, v128.load(from + lane));
    v128.store(into + lane, f32x4.add(v128.load(into + lane), change));
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
