// training/export/onnx: a master file as an ONNX model, for onnxruntime in browsers, on servers and on phones.
//
//   one sequence   input_ids int64 [T], state f32 [L, 2, H]        →  probabilities f32 [T, V], next_state f32 [L, 2, H]
//   B of them      input_ids int64 [B, T], state f32 [L, 2, B, H]  →  probabilities f32 [B, T, V], next_state f32 [L, 2, B, H]
//
// The state is a session's as everywhere here, index 0 = c and 1 = h; all zeros begins one, with `<eos>` as its first
// word. Metadata: `afterword` as in the master file's header, `vocabulary` as in its tensor of that name.
//
// B batch size, T tokens, H hidden size, L layers, V vocabulary size.

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
  const initializer = [
    integers("V", [V]),
    integers("any", [-1]),
    integers("rows", [-1, H]),
    integers("states_shape", [L, 2, -1, H]),
    integers("axis1", [1]),
    integers("axis2", [2]),
    tensor("embedding", [V, H], weights.get("embedding")!),
  ];
  const graph = [
    node("Shape", ["input_ids"], ["ids_shape"]),
    node("Shape", ["state"], ["state_shape"]),
    node("Reshape", ["state", "states_shape"], ["states"]), // [L, 2, B, H], of one sequence too
    node("Shape", ["states"], ["full_shape"]),
    node("Gather", ["full_shape", "axis2"], ["B"]),
    node("Concat", ["B", "any"], ["batch_shape"], { axis: 0 }),
    node("Reshape", ["input_ids", "batch_shape"], ["sequences"]), // [B, T]
    node("Transpose", ["sequences"], ["ids"]), // [T, B]
    node("Gather", ["embedding", "ids"], ["x0"], { axis: 0 }), // [T, B, H]
  ];
  const nextStates: string[] = [];
  for (let l = 0; l < L; l++) {
    const layer = exportLayer(master, l);
    initializer.push(...layer.initializer);
    graph.push(...layer.graph);
    nextStates.push(`next_state${l}`);
  }
  initializer.push(tensor("softmax.bias", [V], weights.get("softmax.bias")!));
  const softmax = tied ? "embedding" : "softmax.weight";
  if (!tied) initializer.push(tensor(softmax, [H, V], weights.get(softmax)!));
  graph.push(
    node("Concat", nextStates, ["next_states"], { axis: 0 }),
    node("Reshape", ["next_states", "state_shape"], ["next_state"]),
    node("Transpose", [`x${L}`], ["outputs"], { perm: [1, 0, 2] }), // [B, T, H]
    node("Reshape", ["outputs", "rows"], ["output_rows"]),
    node("Gemm", ["output_rows", softmax, "softmax.bias"], ["logits"], { transB: Number(tied) }),
    node("Softmax", ["logits"], ["probability_rows"], { axis: 1 }), // [B · T, V]
    node("Concat", ["ids_shape", "V"], ["probabilities_shape"], { axis: 0 }),
    node("Reshape", ["probability_rows", "probabilities_shape"], ["probabilities"]),
  );
  return encodeOnnx({
    ir_version: IR_VERSION,
    producer_name: "afterword",
    producer_version: metadata.codeVersion,
    graph: {
      name: "language-model",
      node: graph,
      initializer,
      input: [value("input_ids", INT64), value("state", FLOAT)],
      output: [value("probabilities", FLOAT), value("next_state", FLOAT)],
    },
    opset_import: [{ domain: "", version: OPSET }],
    metadata_props: [
      ...Object.entries(encodeMetadata(metadata)).map(([key, value]) => ({ key, value })),
      { key: "vocabulary", value: new TextDecoder().decode(vocabulary.encode()) },
    ],
  });
}

/** A layer's constants and operations, from `x<l>` and `states` to `x<l + 1>` and `next_state<l>`. */
function exportLayer(master: MasterModel, l: number) {
  const H = master.metadata.config.hiddenSize;
  const { input, recurrent, bias } = orderGates(master, l, ONNX_GATES);
  const biases = new Float32Array(8 * H); // the input's, then the recurrent ones
  biases.set(bias);
  const initializer = [
    integers(`layer${l}`, [l]),
    tensor(`W${l}`, [1, 4 * H, H], transpose(input, H, 4 * H)),
    tensor(`R${l}`, [1, 4 * H, H], transpose(recurrent, H, 4 * H)),
    tensor(`B${l}`, [1, 8 * H], biases),
  ];
  const graph = [
    node("Gather", ["states", `layer${l}`], [`state${l}`], { axis: 0 }), // [1, 2, B, H]
    node("Split", [`state${l}`], [`split_c${l}`, `split_h${l}`], { axis: 1 }), // [1, 1, B, H] each
    node("Squeeze", [`split_c${l}`, "axis1"], [`c${l}`]), // [1, B, H]
    node("Squeeze", [`split_h${l}`, "axis1"], [`h${l}`]),
    node(
      "LSTM",
      [`x${l}`, `W${l}`, `R${l}`, `B${l}`, "", `h${l}`, `c${l}`],
      [`y${l}`, `last_h${l}`, `last_c${l}`],
      { hidden_size: H },
    ), // y: [T, 1, B, H]
    node("Squeeze", [`y${l}`, "axis1"], [`x${l + 1}`]),
    node("Unsqueeze", [`last_c${l}`, "axis1"], [`next_c${l}`]), // [1, 1, B, H]
    node("Unsqueeze", [`last_h${l}`, "axis1"], [`next_h${l}`]),
    node("Concat", [`next_c${l}`, `next_h${l}`], [`next_state${l}`], { axis: 1 }),
  ];
  return { initializer, graph };
}

function integers(name: string, values: number[]): object {
  return tensor(name, [values.length], BigInt64Array.from(values, BigInt));
}
