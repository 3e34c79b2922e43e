// kernels/reference/dropout-masks: single elements of the masks that assembly/dropout fills, in plain TypeScript.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { philox, STREAMS } from "../philox.ts";

const TWO_32 = 2 ** 32;

/** Which mask: each step and each site has its own. */
export interface MaskKey {
  seed: number;
  step: number;
  site: number; // 0 for the embedding, l + 1 for the output of layer l
}

/**
 * The factor of dropout for one unit: 1 / keepProb or 0.
 * @param token t · B + b; b where dropout is locked
 */
export function maskOf(
  { seed, step, site }: MaskKey,
  token: number,
  unit: number,
  keepProb: number,
): number {
  const group = (unit >> 4) * 4 + (unit & 3);
  const words = philox([group, token, site, step], [seed, STREAMS.dropout]);
  const isKept = words[(unit >> 2) & 3]! < Math.floor(Math.fround(keepProb) * TWO_32);
  return isKept ? 1 / keepProb : 0;
}

/** The factor of weight-drop for one element of layer `layer`'s recurrent matrix [H, 4H]: 1 / keepProb or 0. */
export function recurrentMaskOf(
  { seed, step, layer }: { seed: number; step: number; layer: number },
  { layers, hiddenSize: H }: LanguageModelConfig,
  row: number,
  column: number,
  keepProb: number,
): number {
  const site = layers + 1 + layer; // after dropout's sites
  const gate = Math.floor(column / H);
  const unit = column % H;
  const column4 = (unit >> 2) * 16 + gate * 4 + (unit & 3); // where the kernels lay this gate column
  return maskOf({ seed, step, site }, row, column4, keepProb);
}
