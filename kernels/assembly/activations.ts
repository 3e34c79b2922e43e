// kernels/assembly/activations: exp, sigmoid and tanh of four floats at once. Plain f32x4 operations only, in a fixed
// order, so that every engine computes the same bits. NaN stays NaN.
//
// Error bounds, tested against float64: exp 1e-7 relative from −87 to 88, sigmoid 2e-7 and tanh 3e-7 relative.
// Below and above, exp is clamped to e^−87 and e^88.
//
// e^x = 2^n · e^r with n the integer nearest x / ln 2, so |r| ≤ ln 2 / 2 (range reduction as in Cody & Waite 1980).

// Constants are loaded from memory where they are used: for a v128.const V8 emits seven instructions each time.
const CONSTANTS = memory.data<f32>([
  1.44269504, 0.69314575, 1.4286068e-6, 12582912, 1, 2, -2, -87, 88, -20,
  0.49999997, 0.16666543, 0.0416672, 0.0083665475, 0.0013882516,
]); // prettier-ignore
const PER_LN2 = CONSTANTS;
const LN2_HIGH = CONSTANTS + 4; // 15 bits, so that n · LN2_HIGH is exact
const LN2_LOW = CONSTANTS + 8; // the rest of ln 2
const ROUNDING = CONSTANTS + 12; // 1.5 · 2^23: x + ROUNDING has the integer nearest x in its lowest bits
const ONE = CONSTANTS + 16;
const TWO = CONSTANTS + 20;
const MINUS_TWO = CONSTANTS + 24;
const MIN_EXPONENT = CONSTANTS + 28;
const MAX_EXPONENT = CONSTANTS + 32;
const MIN_TANH_EXPONENT = CONSTANTS + 36; // 1 + e^−20 rounds to 1 in float32
// (e^r − 1 − r) / r² over |r| ≤ ln 2 / 2, minimax for the relative error of e^r − 1, which is 1.4e-8
const P0 = CONSTANTS + 40;
const P1 = CONSTANTS + 44;
const P2 = CONSTANTS + 48;
const P3 = CONSTANTS + 52;
const P4 = CONSTANTS + 56;

function constant(at: usize): v128 {
  return v128.load32_splat(at);
}

/** e^x */
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, constant(MIN_EXPONENT)), constant(MAX_EXPONENT));
  const shifted = f32x4.add(f32x4.mul(bounded, constant(PER_LN2)), constant(ROUNDING));
  const scale = powerOfTwo(shifted);
  return f32x4.add(f32x4.mul(scale, smallExpMinusOne(bounded, shifted)), scale);
}

/** 1 / (1 + e^−x) */
export function sigmoid(x: v128): v128 {
  const one = constant(ONE);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/**
 * (1 − e^−2|x|) / (1 + e^−2|x|) with the sign of x. e^−2|x| − 1 is computed directly, as expm1 does: subtracting 1
 * from e^−2|x| would cancel the digits of a small x.
 */
export function tanh(x: v128): v128 {
  const argument = f32x4.pmax(
    f32x4.mul(f32x4.abs(x), constant(MINUS_TWO)),
    constant(MIN_TANH_EXPONENT),
  );
  const shifted = f32x4.add(f32x4.mul(argument, constant(PER_LN2)), constant(ROUNDING));
  const scale = powerOfTwo(shifted);
  const minusOne = f32x4.add(
    f32x4.mul(scale, smallExpMinusOne(argument, shifted)),
    f32x4.sub(scale, constant(ONE)),
  );
  const negative = f32x4.div(minusOne, f32x4.add(minusOne, constant(TWO))); // −|tanh x|
  return v128.bitselect(x, negative, f32x4.splat(-0.0)); // the sign bit of x, the rest of the result
}

// e^r − 1 for x = n · ln 2 + r, where `shifted` is n + ROUNDING.
function smallExpMinusOne(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, constant(ROUNDING));
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(n, constant(LN2_HIGH))),
    f32x4.mul(n, constant(LN2_LOW)),
  );
  let p = constant(P4);
  p = f32x4.add(f32x4.mul(p, r), constant(P3));
  p = f32x4.add(f32x4.mul(p, r), constant(P2));
  p = f32x4.add(f32x4.mul(p, r), constant(P1));
  p = f32x4.add(f32x4.mul(p, r), constant(P0));
  return f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r);
}

// 2^n: the low bits of n + ROUNDING, moved into the exponent.
function powerOfTwo(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(shifted, 23), constant(ONE));
}
