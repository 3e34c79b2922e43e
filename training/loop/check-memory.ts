// training/loop/check-memory: whether an isolate at the edge could hold a model, before it is trained. What it takes is
// inference/memory-plan's to say.

import { edgeTensorTable } from "#model/edge-file";
import type { EdgeFileHeader } from "#model/edge-file";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { ModelMetadata } from "#model/metadata";
import { countElements } from "#model/tensors";
import type { Vocabulary } from "#model/vocabulary";
import { checkMemory } from "#inference/memory-plan";

const ELEMENT_BYTES = { I8: 1, F32: 4, I32: 4 };

/** @throws where the edge file of such a model would not fit, saying by how much and what to make smaller */
export function checkEdgeMemory(metadata: ModelMetadata, vocabulary: Vocabulary): void {
  const words = vocabulary.encode().length;
  const weights = sumWeightBytes(metadata.config);
  const header: EdgeFileHeader = {
    metadata: { ...metadata, kind: "edge" },
    tensors: new Map([
      ["vocabulary", { dtype: "U8", shape: [words], begin: weights, end: weights + words }],
    ]),
    fileBytes: weights + words,
  };
  checkMemory(header);
}

function sumWeightBytes(config: LanguageModelConfig): number {
  return edgeTensorTable(config).reduce(
    (sum, { dtype, shape }) => sum + ELEMENT_BYTES[dtype] * countElements(shape),
    0,
  );
}
