/**
 * Programs that give every place of a tensor a value of another tensor, or a constant, at any rank and bit for bit:
 * tfjs's own stop at rank 4, most of them in silence, and take int32 by way of float32, which holds 24 bits.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import type { WebgpuBackend } from "./backend.ts";
import { elementJobs, elementwise, type Program, remember } from "./program.ts";

/** Whether tfjs's kernel of this kind is right for `x`. */
export function isStockRight(x: tf.TensorInfo): boolean {
  return x.shape.length <= 4 && x.dtype !== "int32";
}

/** What one axis is told: scalars by the name that the rule uses. */
export type AxisScalars = Readonly<Record<string, number>>;

/** Where the value at a place comes from. */
export interface Rule {
  readonly name: string;
  /** Names of the scalars that every axis has. */
  readonly scalars: readonly string[];
  /**
   * WGSL statements that turn the place in y, `y0`, `y1`, …, into the place in x, `x0`, `x1`, …; the extents of axis 1
   * are `uniforms.yExtent1` and `uniforms.xExtent1`, its scalars `uniforms.NAME1`.
   */
  readonly statements: (rank: number) => string;
}

/** A rule for each axis by itself: WGSL that gives x's position from `y`, `extent` (of x) and the axis's scalars. */
export function axisRule(name: string, scalars: readonly string[], position: string): Rule {
  const statements = (rank: number) =>
    Array.from({ length: rank }, (_, axis) => {
      const given = scalars.map((scalar) => `let ${scalar} = uniforms.${scalar}${axis};`).join(" ");
      return `var x${axis} = y${axis}; { let extent = uniforms.xExtent${axis}; let y = y${axis}; ${given} x${axis} = ${position}; }`;
    }).join("\n");
  return { name, scalars, statements };
}

const axesOf = (rank: number) => Array.from({ length: rank }, (_, axis) => axis);

const programs = new Map<Rule, (rank: number) => Program>();

/** Values are copied as bits, whatever their type. */
function programOf(rule: Rule, rank: number): Program {
  let ofRank = programs.get(rule);
  if (!ofRank) {
    ofRank = remember((rank: number) => {
      const axes = axesOf(rank);
      const inside = axes.map((axis) => `x${axis} >= 0 && x${axis} < uniforms.xExtent${axis}`).join(" && ");
      return elementwise({
        name: rule.name,
        writes: { y: "u32" },
        reads: { x: "u32" },
        integers: [
          "constant",
          ...axes.flatMap((axis) => ["xExtent", "yExtent", ...rule.scalars].map((name) => `${name}${axis}`)),
        ],
        body: `
  var rest = index;
  ${
          [...axes].reverse().map((axis) =>
            `let y${axis} = rest % uniforms.yExtent${axis}; rest /= uniforms.yExtent${axis};`
          ).join("\n  ")
        }
  ${rule.statements(rank)}
  var value = bitcast<u32>(uniforms.constant);
  if (${inside}) {
    value = x[${
          axes.reduce((place, axis) => axis === 0 ? "x0" : `(${place}) * uniforms.xExtent${axis} + x${axis}`, "")
        }];
  }
  y[index] = value;`,
      });
    });
    programs.set(rule, ofRank);
  }
  return ofRank(rank);
}

/** Options of {@linkcode gather}. */
export interface GatherOptions {
  /** y's extents; y has x's rank. */
  readonly shape: readonly number[];
  /** Each axis's scalars. */
  readonly axes: readonly AxisScalars[];
  /** What stands where the rule leads out of x. @default 0 */
  readonly constant?: number;
}

/** y, by `rule` from x. */
export function gather(
  backend: WebgpuBackend,
  rule: Rule,
  x: tf.TensorInfo,
  { shape, axes, constant = 0 }: GatherOptions,
): tf.TensorInfo {
  const y = backend.output(shape, x.dtype);
  const count = sizeOf(shape);
  const bits = x.dtype === "float32" ? new Int32Array(Float32Array.of(constant).buffer)[0] : constant;
  const scalars: Record<string, number> = { count, constant: bits };
  shape.forEach((extent, axis) => {
    scalars[`xExtent${axis}`] = x.shape[axis];
    scalars[`yExtent${axis}`] = extent;
    for (const name of rule.scalars) scalars[`${name}${axis}`] = axes[axis][name];
  });
  backend.launch(programOf(rule, shape.length), { y, x }, scalars, elementJobs(count));
  return y;
}
