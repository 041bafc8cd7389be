/**
 * What a network takes over of a pre-training on other data.
 *
 * @module
 */
import type { NamedVector } from "../../core/vectors.ts";
import type { NamedVariables } from "../../model/layers.ts";

/** The level of the expanding path that a variable belongs to. */
const LEVEL = /^decoder\/level\d+\//;

/**
 * The encoder, whether it fits or not, and those levels of the expanding path of which every variable fits; what lies
 * behind (heads, logits) is left.
 *
 * @param variables the network's
 */
export function takenOver(pretrained: readonly NamedVector[], variables: NamedVariables): NamedVector[] {
  const shapes = new Map(pretrained.map(({ name, shape }) => [name, shape.join()]));
  const levels = new Set([...variables.keys()].flatMap((name) => LEVEL.exec(name) ?? []));
  const unfit = [...variables].filter(([name, { shape }]) => shapes.get(name) !== shape.join());
  for (const [name] of unfit) levels.delete(LEVEL.exec(name)?.[0] ?? "");
  return pretrained.filter(({ name }) => name.startsWith("encoder/") || levels.has(LEVEL.exec(name)?.[0] ?? ""));
}
