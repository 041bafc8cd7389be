/**
 * The network as an ONNX graph: the operators of `src/model`, with the weights as PyTorch lays them out.
 *
 * @module
 */
import type { NamedVector } from "../../core/vectors.ts";
import { channelsOf, filtersAt, groupsOf, SLOPE, type UNetConfig } from "../../model/config.ts";
import { type Attribute, DATA_TYPE, type Dimension, type Graph, type Initializer, type Node } from "./messages.ts";

/** What normalisation adds to the variance. */
const EPSILON = 1e-5;

/** The names of input and output. */
export const TENSORS = Object.freeze({ input: "image", output: "logits" });

/** An attribute's value: an integer where `true` to {@linkcode Number.isInteger}, else a float. */
type Value = number | string | readonly number[] | { readonly float: number };

/** Collects operators and constants. */
class Builder {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly #tensors: ReadonlyMap<string, NamedVector>;

  constructor(tensors: readonly NamedVector[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** A weight by its name, of another shape where one is given. */
  weight(name: string, shape: readonly number[] = this.#tensors.get(name)!.shape): string {
    return this.floats(name, this.#tensors.get(name)!.data, shape);
  }

  floats(name: string, data: Float32Array, dims: readonly number[] = [data.length]): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength); // Deno's machines are little-endian
    this.initializers.push({ name, dims, dataType: DATA_TYPE.float32, rawData });
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.initializers.push({ name, dims: [values.length], dataType: DATA_TYPE.int64, rawData });
    return name;
  }

  /** Adds an operator of one output, which has its name. */
  add(opType: string, name: string, input: readonly string[], values: Record<string, Value> = {}): string {
    const attribute = Object.entries(values).map(([key, value]) => attributeOf(key, value));
    this.nodes.push({ name, opType, input, output: [name], attribute });
    return name;
  }

  /** Convolution 3x3x3, normalisation, leaky ReLU. */
  block(name: string, x: string, channels: number, norm: UNetConfig["norm"]): string {
    const weights = [x, this.weight(`${name}.conv.weight`)];
    const y = this.add("Conv", `${name}.conv`, weights, { kernel_shape: [3, 3, 3], pads: [1, 1, 1, 1, 1, 1] });
    const normalised = norm === "instance" ? this.#instanceNorm(name, y) : this.#groupNorm(name, y, channels);
    return this.add("LeakyRelu", name, [normalised], { alpha: { float: SLOPE } });
  }

  #instanceNorm(name: string, y: string): string {
    const affine = [this.weight(`${name}.norm.weight`), this.weight(`${name}.norm.bias`)];
    return this.add("InstanceNormalization", `${name}.norm`, [y, ...affine], { epsilon: { float: EPSILON } });
  }

  /** ONNX's own group normalisation is younger than this; it is instance normalisation of groups as channels. */
  #groupNorm(name: string, y: string, channels: number): string {
    const groups = groupsOf("group", channels);
    const inGroups = this.integers(`${name}.norm.groups`, [0, groups, -1]);
    const ones = this.floats(`${name}.norm.ones`, new Float32Array(groups).fill(1));
    const zeros = this.floats(`${name}.norm.zeros`, new Float32Array(groups));
    const shape = this.add("Shape", `${name}.norm.shape`, [y]);
    const grouped = this.add("Reshape", `${name}.norm.grouped`, [y, inGroups]); // [batch, groups, rest]
    const even = this.add("InstanceNormalization", `${name}.norm.even`, [grouped, ones, zeros], {
      epsilon: { float: EPSILON },
    });
    const back = this.add("Reshape", `${name}.norm.back`, [even, shape]); // [batch, channels, z, y, x]
    const perChannel = [channels, 1, 1, 1];
    const scaled = this.add("Mul", `${name}.norm.scaled`, [back, this.weight(`${name}.norm.weight`, perChannel)]);
    return this.add("Add", `${name}.norm`, [scaled, this.weight(`${name}.norm.bias`, perChannel)]);
  }
}

/** @param value a whole number is an integer to ONNX; other numbers are given as `{ float }` */
function attributeOf(name: string, value: Value): Attribute {
  if (typeof value === "number") return { name, type: "INT", i: value };
  if (typeof value === "string") return { name, type: "STRING", s: new TextEncoder().encode(value) };
  return "float" in value ? { name, type: "FLOAT", f: value.float } : { name, type: "INTS", ints: value };
}

/**
 * The graph: `image`, [batch, channel, z, y, x] of any extents that are multiples of the reductions' product, to
 * `logits`, [batch, class, z, y, x].
 *
 * @param tensors the network's weights, all of them, as `pytorchTensors` gives them
 */
export function onnxGraph(config: UNetConfig, tensors: readonly NamedVector[]): Graph {
  const { levels, norm, pool, classes } = config;
  const builder = new Builder(tensors);
  const skips: string[] = [];
  let x: string = TENSORS.input;
  for (let level = 0; level < levels; level++) {
    const name = `encoder.level${level}`, channels = filtersAt(config, level);
    if (level > 0) {
      const window = { kernel_shape: pool[level - 1], strides: pool[level - 1] };
      x = builder.add("MaxPool", `${name}.pool`, [x], window);
    }
    for (const block of ["block0", "block1"]) x = builder.block(`${name}.${block}`, x, channels, norm);
    skips.push(x);
  }
  for (let level = levels - 2; level >= 0; level--) {
    const name = `decoder.level${level}`, channels = filtersAt(config, level);
    const lateral = builder.add("Conv", `${name}.lateral`, [x, builder.weight(`${name}.lateral.weight`)]);
    const scales = builder.floats(`${name}.scales`, Float32Array.of(1, 1, ...pool[level]));
    const raised = builder.add("Resize", `${name}.raised`, [lateral, "", scales], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor", // so each voxel is repeated
    });
    x = builder.add("Concat", `${name}.joined`, [skips[level], raised], { axis: 1 });
    for (const block of ["block0", "block1"]) x = builder.block(`${name}.${block}`, x, channels, norm);
  }
  const logits = [x, builder.weight("decoder.logits.weight"), builder.weight("decoder.logits.bias")];
  builder.add("Conv", TENSORS.output, logits);
  const { nodes, initializers } = builder;
  return {
    name: "unet3d",
    node: nodes,
    initializer: initializers,
    input: [volume(TENSORS.input, channelsOf(config))],
    output: [volume(TENSORS.output, classes)],
  };
}

/** [batch, channels, z, y, x] */
function volume(name: string, channels: number) {
  const any = (dimParam: string): Dimension => ({ dimParam });
  const dim = [any("batch"), { dimValue: channels }, any("depth"), any("height"), any("width")];
  return { name, type: { tensorType: { elemType: DATA_TYPE.float32, shape: { dim } } } };
}
