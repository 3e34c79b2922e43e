// kernels/assembly/activations: exp, sigmoid and tanh of four floats at once. Plain f32x4 operations only, in a fixed
// order, so that every engine computes the same bits. NaN stays NaN.
//
// Error bounds, tested against float64: exp 1e-7 relative from −87 to 88, sigmoid 2e-7 and tanh 3e-7 relative.
// Outside, exp stands still at e^−87 and e^88.
//
// e^x = 2^n · e^r with n the whole number nearest x / ln 2, so |r| ≤ ln 2 / 2.

const PER_LN2: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.69314575; // 15 bits, so that n · LN2_HIGH is exact
const LN2_LOW: f32 = 1.4286068e-6; // the rest of ln 2
// added to a float below 2^22 it leaves the nearest whole number in the lowest bits
const ROUNDING: f32 = 12582912; // 1.5 · 2^23

// (e^r − 1 − r) / r² over |r| ≤ ln 2 / 2, minimax for the relative error of e^r − 1, which is 1.4e-8
const P0: f32 = 0.49999997;
const P1: f32 = 0.16666543;
const P2: f32 = 0.0416672;
const P3: f32 = 0.0083665475;
const P4: f32 = 0.0013882516;

/** e^x */
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(88));
  const shifted = f32x4.add(f32x4.mul(bounded, f32x4.splat(PER_LN2)), f32x4.splat(ROUNDING));
  const scale = powerOfTwo(shifted);
  return f32x4.add(f32x4.mul(scale, smallExpMinusOne(bounded, shifted)), scale);
}

/** 1 / (1 + e^−x) */
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/**
 * (1 − e^−2|x|) / (1 + e^−2|x|) with the sign of x. e^−2|x| − 1 is computed as such, so that small x keep
 * their digits.
 */
export function tanh(x: v128): v128 {
  // beyond 10 the result is 1 to the last bit
  const argument = f32x4.pmax(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)), f32x4.splat(-20));
  const shifted = f32x4.add(f32x4.mul(argument, f32x4.splat(PER_LN2)), f32x4.splat(ROUNDING));
  const scale = powerOfTwo(shifted);
  const minusOne = f32x4.add(
    f32x4.mul(scale, smallExpMinusOne(argument, shifted)),
    f32x4.sub(scale, f32x4.splat(1)),
  );
  const negative = f32x4.div(minusOne, f32x4.add(minusOne, f32x4.splat(2))); // −|tanh x|
  return v128.bitselect(x, negative, f32x4.splat(-0.0)); // the sign bit of x, the rest of the result
}

// e^r − 1 for x = n · ln 2 + r, where `shifted` is n + ROUNDING.
function smallExpMinusOne(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDING));
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH))),
    f32x4.mul(n, f32x4.splat(LN2_LOW)),
  );
  let p = f32x4.splat(P4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P0));
  return f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r);
}

// 2^n: the low bits of n + ROUNDING, moved into the exponent.
function powerOfTwo(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(shifted, 23), f32x4.splat(1));
}
