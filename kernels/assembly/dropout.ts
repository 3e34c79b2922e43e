// kernels/assembly/dropout: dropout masks from Philox 4×32-10 (Salmon et al. 2011), a counter-based generator: an element
// depends on (seed, step, site, token, unit) alone, so masks are the same on any thread, in any order and after a resume.

const ROUNDS = 10;
const MULTIPLIERS = memory.data<u32>([0xd2511f53, 0xcd9e8d57]);
const WEYL_0: i32 = <i32>0x9e3779b9;
const WEYL_1: i32 = <i32>0xbb67ae85;

/**
 * Fills mask panels first … last−1 with 1 / keep or 0. Four counters (group, token, site, step), one in each SIMD lane,
 * give a row of 16 units: unit 16p + 4r + lane has word r of the counter with group 4p + lane. The key is (seed, 0).
 */
export function fillMask(
  mask: usize, // f32 [rows, 16 · panels], panels `stride` bytes apart
  stride: usize,
  rows: i32,
  first: i32,
  last: i32,
  keep: f32, // the share that is kept, 0 < keep < 1
  seed: i32,
  step: i32,
  site: i32,
): void {
  const threshold = i32x4.splat(<i32>(<u32>(<f64>keep * 4294967296.0)));
  const factor = f32x4.splat(1 / keep);
  const multiplier0 = v128.load32_splat(MULTIPLIERS);
  const multiplier1 = v128.load32_splat(MULTIPLIERS, 4);
  for (let panel = first; panel < last; panel++) {
    let out = mask + panel * stride;
    const group = i32x4.add(i32x4.splat(panel << 2), i32x4(0, 1, 2, 3));
    for (let row = 0; row < rows; row++) {
      let c0 = group;
      let c1 = i32x4.splat(row);
      let c2 = i32x4.splat(site);
      let c3 = i32x4.splat(step);
      let key0 = seed;
      let key1 = 0;
      for (let round = 0; round < ROUNDS; round++) {
        // 64-bit products of lanes 0, 1 and of lanes 2, 3
        const first0 = i64x2.extmul_low_i32x4_u(c0, multiplier0);
        const second0 = i64x2.extmul_high_i32x4_u(c0, multiplier0);
        const first1 = i64x2.extmul_low_i32x4_u(c2, multiplier1);
        const second1 = i64x2.extmul_high_i32x4_u(c2, multiplier1);
        c0 = v128.xor(v128.xor(upperHalves(first1, second1), c1), i32x4.splat(key0));
        c1 = lowerHalves(first1, second1);
        c2 = v128.xor(v128.xor(upperHalves(first0, second0), c3), i32x4.splat(key1));
        c3 = lowerHalves(first0, second0);
        key0 += WEYL_0;
        key1 += WEYL_1;
      }
      v128.store(out, v128.and(i32x4.lt_u(c0, threshold), factor));
      v128.store(out, v128.and(i32x4.lt_u(c1, threshold), factor), 16);
      v128.store(out, v128.and(i32x4.lt_u(c2, threshold), factor), 32);
      v128.store(out, v128.and(i32x4.lt_u(c3, threshold), factor), 48);
      out += 64;
    }
  }
}

function upperHalves(first: v128, second: v128): v128 {
  return v128.shuffle<i32>(first, second, 1, 3, 5, 7);
}

function lowerHalves(first: v128, second: v128): v128 {
  return v128.shuffle<i32>(first, second, 0, 2, 4, 6);
}
