/**
 * A kept model's weights as PyTorch names and lays them out, which ONNX does alike: `encoder/level0/block0/filter`,
 * [depth, height, width, in, out], becomes `encoder.level0.block0.conv.weight`, [out, in, depth, height, width].
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { NamedVector } from "../core/vectors.ts";
import { channelsOf, filtersAt, type UNetConfig } from "../model/config.ts";
import type { KeptModel } from "../models/folder.ts";

/** A weight of the network: its name and shape as models are kept. */
interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A convolution 3x3x3 and its normalisation. */
function block(name: string, channelsIn: number, channelsOut: number): Parameter[] {
  return [
    { name: `${name}/filter`, shape: [3, 3, 3, channelsIn, channelsOut] },
    { name: `${name}/gamma`, shape: [channelsOut] },
    { name: `${name}/beta`, shape: [channelsOut] },
  ];
}

/** Every weight of the network that predicts, in its own order. */
function parametersOf(config: UNetConfig): Parameter[] {
  const channels = Array.from({ length: config.levels }, (_, level) => filtersAt(config, level));
  const encoder = channels.flatMap((out, level) => [
    ...block(`encoder/level${level}/block0`, level === 0 ? channelsOf(config) : channels[level - 1], out),
    ...block(`encoder/level${level}/block1`, out, out),
  ]);
  const decoder = channels.slice(0, -1).flatMap((out, level) => [
    { name: `decoder/level${level}/lateral/filter`, shape: [1, 1, 1, channels[level + 1], out] },
    ...block(`decoder/level${level}/block0`, 2 * out, out),
    ...block(`decoder/level${level}/block1`, out, out),
  ]);
  const logits = [
    { name: "decoder/logits/filter", shape: [1, 1, 1, channels[0], config.classes] },
    { name: "decoder/logits/bias", shape: [config.classes] },
  ];
  return [...encoder, ...decoder, ...logits];
}

/**
 * The weights under PyTorch's names and in its layouts.
 *
 * @returns all of the network's, or of an encoder those that it has, which are the contracting path's at least
 * @throws {UserError} unless the weights are those of the model's network.
 */
export function pytorchTensors({ description, vectors }: KeptModel): NamedVector[] {
  const refuse = (rule: string, value: string): never => {
    throw new UserError(`exporting a model: its weights must be those of its network; ${rule}`, { value });
  };
  const left = new Map(vectors.map((vector) => [vector.name, vector]));
  const tensors = parametersOf(description.network).flatMap(({ name, shape }) => {
    const vector = left.get(name);
    if (!vector) {
      const mayLack = description.kind === "encoder" && name.startsWith("decoder/");
      return mayLack ? [] : refuse("one is missing", name);
    }
    if (vector.shape.join() !== shape.join()) refuse(`${name} must be [${shape}]`, `[${vector.shape}]`);
    left.delete(name);
    return [pytorchTensor(vector)];
  });
  for (const name of left.keys()) refuse("it has no such weight", name);
  return tensors;
}

function pytorchTensor(vector: NamedVector): NamedVector {
  const name = pytorchName(vector.name);
  if (vector.shape.length !== 5) return { ...vector, name };
  const [depth, height, width, channelsIn, channelsOut] = vector.shape;
  const shape = [channelsOut, channelsIn, depth, height, width];
  return { name, shape, data: outFirst(vector.data, channelsIn, channelsOut) };
}

/** What a weight's last name becomes, in a block and elsewhere. */
const IN_BLOCK: Readonly<Record<string, string>> = { filter: "conv.weight", gamma: "norm.weight", beta: "norm.bias" };
const ELSEWHERE: Readonly<Record<string, string>> = { filter: "weight", bias: "bias" };

/** `encoder/level0/block0/gamma` is `encoder.level0.block0.norm.weight`, and so on. */
function pytorchName(name: string): string {
  const path = name.split("/"), last = path.pop()!;
  return [...path, (name.includes("/block") ? IN_BLOCK : ELSEWHERE)[last]].join(".");
}

/** [voxels, in, out] -> [out, in, voxels] */
function outFirst(data: Float32Array, channelsIn: number, channelsOut: number): Float32Array {
  const turned = new Float32Array(data.length);
  const voxels = data.length / (channelsIn * channelsOut);
  let from = 0;
  for (let voxel = 0; voxel < voxels; voxel++) {
    for (let i = 0; i < channelsIn; i++) {
      for (let o = 0; o < channelsOut; o++) turned[(o * channelsIn + i) * voxels + voxel] = data[from++];
    }
  }
  return turned;
}
