/**
 * ONNX's messages: what a graph is made of, and its bytes, by `onnx.proto` beside.
 *
 * @module
 */
import protobuf from "protobufjs";
import schema from "./onnx.proto" with { type: "text" };

/** A value of an operator's attribute. */
export type Attribute =
  | { readonly name: string; readonly type: "FLOAT"; readonly f: number }
  | { readonly name: string; readonly type: "INT"; readonly i: number }
  | { readonly name: string; readonly type: "STRING"; readonly s: Uint8Array }
  | { readonly name: string; readonly type: "INTS"; readonly ints: readonly number[] };

/** An operator. */
export interface Node {
  readonly name: string;
  readonly opType: string;
  /** Names of tensors; "" is one that is left out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}

/** A constant. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian. */
  readonly rawData: Uint8Array;
}

/** An input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly type: { readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: Dimension[] } } };
}

/** An axis's extent, or a name for any. */
export type Dimension = { readonly dimValue: number } | { readonly dimParam: string };

/** A network. */
export interface Graph {
  readonly name: string;
  readonly node: readonly Node[];
  readonly initializer: readonly Initializer[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
}

/** A file. */
export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly docString: string;
  readonly graph: Graph;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

/** The types of tensors by ONNX's numbers (TensorProto.DataType). */
export const DATA_TYPE = Object.freeze({ float32: 1, int64: 7 });

/** The bytes of a file. */
export function encodeModel(model: Model): Uint8Array {
  const type = protobuf.parse(schema).root.lookupType("onnx.ModelProto");
  return type.encode(type.fromObject({ ...model })).finish();
}
