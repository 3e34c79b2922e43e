// training/loop/check-memory: whether an isolate at the edge could hold a model, before it is trained. What it takes is
// inference/memory-plan's to say.

import { edgeTensorTable } from "#model/edge-tensors";
import type { EdgeFileHeader } from "#model/edge-file";
import type { EdgeShape } from "#model/edge-tensors";
import { bandsOf } from "#model/low-rank";
import type { ModelMetadata } from "#model/metadata";
import { countElements } from "#model/tensors";
import type { Vocabulary } from "#model/vocabulary";
import { checkMemory } from "#inference/memory-plan";

const ELEMENT_BYTES = { I8: 1, F32: 4, I32: 4 };

/** @throws where the edge file of such a model would not fit, saying by how much and what to make smaller */
export function checkEdgeMemory(metadata: ModelMetadata, vocabulary: Vocabulary): void {
  const words = vocabulary.encode().length;
  const bands = bandsOf(metadata.config); // that it will have when its run has ended
  const weights = sumWeightBytes({ config: metadata.config, bands });
  const header: EdgeFileHeader = {
    metadata: { ...metadata, kind: "edge", bands },
    tensors: new Map([
      ["vocabulary", { dtype: "U8", shape: [words], begin: weights, end: weights + words }],
    ]),
    fileBytes: weights + words,
  };
  checkMemory(header);
}

function sumWeightBytes(shape: EdgeShape): number {
  return edgeTensorTable(shape).reduce(
    (sum, { dtype, shape }) => sum + ELEMENT_BYTES[dtype] * countElements(shape),
    0,
  );
}
