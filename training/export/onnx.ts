// training/export/onnx: a master file as an ONNX model, for onnxruntime in browsers, on servers and on phones.
//
//   input_ids int64 [tokens], state f32 [L, 2, H]  →  probabilities f32 [tokens, V], next_state f32 [L, 2, H]
//
// The state is a session's as everywhere here, index 0 = c and 1 = h; all zeros begins one, with `<eos>` as its first
// word. Metadata: `afterword` as in the master file's header, `vocabulary` as in its tensor of that name.
//
// H hidden size, L layers, V vocabulary size.

import type { MasterModel } from "#model/master-file";
import { encodeMetadata } from "#model/metadata";
import { ONNX_GATES, orderGates, transpose } from "./gates.ts";
import { encodeOnnx, FLOAT, INT64, node, tensor, value } from "./onnx-schema.ts";

const IR_VERSION = 8;
const OPSET = 17; // of 2022; newer runtimes read it

/** The bytes of the ONNX file. */
export function exportOnnx(master: MasterModel): Uint8Array {
  const { metadata, vocabulary, weights } = master;
  const { vocabularySize: V, hiddenSize: H, layers: L, tied } = metadata.config;
  const axis = (name: string, at: number) => tensor(name, [1], BigInt64Array.of(BigInt(at)));
  const initializer = [
    axis("batch_axis", 1),
    tensor("embedding", [V, H], weights.get("embedding")!),
  ];
  const graph = [
    node("Gather", ["embedding", "input_ids"], ["words"], { axis: 0 }), // [tokens, H]
    node("Unsqueeze", ["words", "batch_axis"], ["x0"]), // [tokens, 1, H]
  ];
  const states: string[] = [];
  for (let l = 0; l < L; l++) {
    const { input, recurrent, bias } = orderGates(master, l, ONNX_GATES);
    const biases = new Float32Array(8 * H); // the input's, then the recurrent ones
    biases.set(bias);
    initializer.push(
      axis(`layer${l}`, l),
      tensor(`W${l}`, [1, 4 * H, H], transpose(input, H, 4 * H)),
      tensor(`R${l}`, [1, 4 * H, H], transpose(recurrent, H, 4 * H)),
      tensor(`B${l}`, [1, 8 * H], biases),
    );
    graph.push(
      node("Gather", ["state", `layer${l}`], [`state${l}`], { axis: 0 }), // [1, 2, H]
      node("Split", [`state${l}`], [`c${l}`, `h${l}`], { axis: 1 }), // [1, 1, H] each
      node(
        "LSTM",
        [`x${l}`, `W${l}`, `R${l}`, `B${l}`, "", `h${l}`, `c${l}`],
        [`y${l}`, `next_h${l}`, `next_c${l}`],
        { hidden_size: H },
      ), // y: [tokens, 1, 1, H]
      node("Squeeze", [`y${l}`, "batch_axis"], [`x${l + 1}`]),
      node("Concat", [`next_c${l}`, `next_h${l}`], [`next_state${l}`], { axis: 1 }),
    );
    states.push(`next_state${l}`);
  }
  initializer.push(tensor("softmax.bias", [V], weights.get("softmax.bias")!));
  const softmax = tied ? "embedding" : "softmax.weight";
  if (!tied) initializer.push(tensor(softmax, [H, V], weights.get(softmax)!));
  graph.push(
    node("Concat", states, ["next_state"], { axis: 0 }),
    node("Squeeze", [`x${L}`, "batch_axis"], ["outputs"]), // [tokens, H]
    node("Gemm", ["outputs", softmax, "softmax.bias"], ["logits"], { transB: Number(tied) }),
    node("Softmax", ["logits"], ["probabilities"], { axis: 1 }),
  );
  return encodeOnnx({
    ir_version: IR_VERSION,
    producer_name: "afterword",
    producer_version: metadata.codeVersion,
    graph: {
      name: "language-model",
      node: graph,
      initializer,
      input: [value("input_ids", INT64, ["tokens"]), value("state", FLOAT, [L, 2, H])],
      output: [value("probabilities", FLOAT, ["tokens", V]), value("next_state", FLOAT, [L, 2, H])],
    },
    opset_import: [{ domain: "", version: OPSET }],
    metadata_props: [
      ...Object.entries(encodeMetadata(metadata)).map(([key, value]) => ({ key, value })),
      { key: "vocabulary", value: new TextDecoder().decode(vocabulary.encode()) },
    ],
  });
}
