// training/export/tfjs: a master file as a TensorFlow.js LayersModel: the files of a folder that `tf.loadLayersModel`
// reads, in Keras' JSON.
//
//   ids [B, T], then h and c [B, H] of each layer  →  probabilities [B, T, V], then h and c [B, H] of each layer
//
// All zeros begins a session, with `<eos>` as its first word. `vocabulary.tsv` is the master file's tensor
// `vocabulary`; the metadata of its header stand under `userDefinedMetadata`.
//
// B batch, T time steps, H hidden size, L layers, V vocabulary size.

import type { MasterModel } from "#model/master-file";
import { encodeMetadata } from "#model/metadata";
import { KERAS_GATES, orderGates, transpose } from "./gates.ts";

const WEIGHTS_FILE = "weights.bin";

/** The folder's files by name. */
export function exportTfjs(master: MasterModel): Record<string, Uint8Array | string> {
  const { metadata, vocabulary } = master;
  const weights = listWeights(master);
  const model = {
    format: "layers-model",
    generatedBy: `afterword ${metadata.codeVersion}`,
    convertedBy: null,
    modelTopology: {
      keras_version: "tfjs-layers 4.22.0", // whose JSON this is
      backend: "tensor_flow.js",
      model_config: { class_name: "Model", config: describeLayers(master) },
    },
    weightsManifest: [
      {
        paths: [WEIGHTS_FILE],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      },
    ],
    userDefinedMetadata: encodeMetadata(metadata),
  };
  return {
    "model.json": JSON.stringify(model),
    [WEIGHTS_FILE]: join(weights.map(({ data }) => data)),
    "vocabulary.tsv": vocabulary.encode(),
  };
}

/** Where a tensor comes from: the output `index` of a layer. */
type Source = [layer: string, node: 0, index: number, options: object];

function describeLayers({ metadata }: MasterModel) {
  const { vocabularySize: V, hiddenSize: H, layers: L } = metadata.config;
  const from = (name: string, index = 0): Source => [name, 0, index, {}];
  const layer = (className: string, name: string, config: object, inputs: Source[]) => ({
    class_name: className,
    name,
    config: { name, trainable: true, ...config },
    inbound_nodes: inputs.length > 0 ? [inputs] : [],
  });
  const input = (name: string, shape: (number | null)[], dtype: string) =>
    layer("InputLayer", name, { batch_input_shape: shape, dtype, sparse: false }, []);

  const layers = [input("ids", [null, null], "int32")];
  const inputs: Source[] = [from("ids")];
  const states: Source[] = [];
  for (let l = 0; l < L; l++) {
    layers.push(input(`h${l}`, [null, H], "float32"), input(`c${l}`, [null, H], "float32"));
    inputs.push(from(`h${l}`), from(`c${l}`));
  }
  layers.push(layer("Embedding", "embedding", { input_dim: V, output_dim: H }, [from("ids")]));
  let below = from("embedding");
  for (let l = 0; l < L; l++) {
    const name = `lstm_${l}`;
    const config = {
      units: H,
      activation: "tanh",
      recurrent_activation: "sigmoid",
      unit_forget_bias: false, // it is in the bias
      return_sequences: true,
      return_state: true,
    };
    layers.push(layer("LSTM", name, config, [below, from(`h${l}`), from(`c${l}`)]));
    states.push(from(name, 1), from(name, 2));
    below = from(name);
  }
  layers.push(layer("Dense", "softmax", { units: V, activation: "softmax" }, [below]));
  const outputs = [from("softmax"), ...states];
  const placeOf = ([name, node, index]: Source) => [name, node, index];
  return {
    name: "language_model",
    layers,
    input_layers: inputs.map(placeOf),
    output_layers: outputs.map(placeOf),
  };
}

function listWeights(master: MasterModel) {
  const { metadata, weights } = master;
  const { vocabularySize: V, hiddenSize: H, layers: L, tied } = metadata.config;
  const embedding = weights.get("embedding")!;
  const list = [{ name: "embedding/embeddings", shape: [V, H], data: embedding }];
  for (let l = 0; l < L; l++) {
    const { input, recurrent, bias } = orderGates(master, l, KERAS_GATES);
    list.push(
      { name: `lstm_${l}/kernel`, shape: [H, 4 * H], data: input },
      { name: `lstm_${l}/recurrent_kernel`, shape: [H, 4 * H], data: recurrent },
      { name: `lstm_${l}/bias`, shape: [4 * H], data: bias },
    );
  }
  const softmax = tied ? transpose(embedding, V, H) : weights.get("softmax.weight")!;
  list.push(
    { name: "softmax/kernel", shape: [H, V], data: softmax },
    { name: "softmax/bias", shape: [V], data: weights.get("softmax.bias")! },
  );
  return list;
}

function join(parts: Float32Array[]): Uint8Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(joined.buffer);
}
