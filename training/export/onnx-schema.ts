// training/export/onnx-schema: the part of onnx.proto that a model of ours needs, for protobufjs. Field numbers and types
// are ONNX's (github.com/onnx/onnx, onnx/onnx.proto).

import protobuf from "protobufjs/light.js";

const one = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: "repeated" });

const ROOT = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        ir_version: one(1, "int64"),
        producer_name: one(2, "string"),
        producer_version: one(3, "string"),
        graph: one(7, "Graph"),
        opset_import: many(8, "OperatorSet"),
        metadata_props: many(14, "Entry"),
      },
    },
    OperatorSet: { fields: { domain: one(1, "string"), version: one(2, "int64") } },
    Entry: { fields: { key: one(1, "string"), value: one(2, "string") } },
    Graph: {
      fields: {
        node: many(1, "Node"),
        name: one(2, "string"),
        initializer: many(5, "Tensor"),
        input: many(11, "ValueInfo"),
        output: many(12, "ValueInfo"),
      },
    },
    Node: {
      fields: {
        input: many(1, "string"),
        output: many(2, "string"),
        name: one(3, "string"),
        op_type: one(4, "string"),
        attribute: many(5, "Attribute"),
      },
    },
    Attribute: {
      fields: {
        name: one(1, "string"),
        i: one(3, "int64"),
        ints: many(8, "int64"),
        type: one(20, "int32"),
      },
    },
    Tensor: {
      fields: {
        dims: many(1, "int64"),
        data_type: one(2, "int32"),
        name: one(8, "string"),
        raw_data: one(9, "bytes"),
      },
    },
    ValueInfo: { fields: { name: one(1, "string"), type: one(2, "Type") } },
    Type: { fields: { tensor_type: one(1, "TensorType") } },
    TensorType: { fields: { elem_type: one(1, "int32") } },
  },
});

export const FLOAT = 1;
export const INT64 = 7;
const [INTEGER_ATTRIBUTE, INTEGERS_ATTRIBUTE] = [2, 7];

export interface OnnxNode {
  op_type: string;
  input: string[];
  output: string[];
  attribute: object[];
}

export interface OnnxModel {
  ir_version: number;
  producer_name: string;
  producer_version: string;
  graph: {
    name: string;
    node: OnnxNode[];
    initializer: object[];
    input: object[];
    output: object[];
  };
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
}

export function encodeOnnx(model: OnnxModel): Uint8Array {
  const type = ROOT.lookupType("Model");
  return type.encode(type.create(model)).finish();
}

/** One operation of the graph; all attributes that we need are whole numbers, or lists of them. */
export function node(
  op_type: string,
  input: string[],
  output: string[],
  attributes: Record<string, number | number[]> = {},
): OnnxNode {
  const attribute = Object.entries(attributes).map(([name, value]) =>
    Array.isArray(value)
      ? { name, ints: value, type: INTEGERS_ATTRIBUTE }
      : { name, i: value, type: INTEGER_ATTRIBUTE },
  );
  return { op_type, input, output, attribute };
}

/** A constant; ONNX keeps bytes little-endian, as every machine does that this runs on. */
export function tensor(name: string, dims: number[], data: Float32Array | BigInt64Array): object {
  const data_type = data instanceof Float32Array ? FLOAT : INT64;
  const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims, data_type, raw_data };
}

/** An input or output that may have one of several shapes: none is said. */
export function value(name: string, elem_type: number): object {
  return { name, type: { tensor_type: { elem_type } } };
}
