/**
 * Along which axes patches may be mirrored: what a setting names, or what the labels' names allow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mirrorAxes } from "./mirror.ts";
 *
 * const { axes, reason } = mirrorAxes("auto", new Map([[1, "Left kidney"], [2, "Tumour"]]));
 * assertEquals(axes, ["z", "y"]);
 * assertEquals(reason, 'mirroring: along z, y; not along x, because of the label "Left kidney"');
 * ```
 *
 * @module
 */
import { perAxis, type Triple } from "../../core/triple.ts";

/** An axis of a prepared volume: z from the feet to the head, y from back to front, x from left to right. */
export type Axis = "z" | "y" | "x";

/** All axes, in a volume's order. */
export const AXES: readonly Axis[] = ["z", "y", "x"];

/** What a setting says: axes, or that the labels decide. */
export type Mirroring = readonly Axis[] | "auto";

/** Along which axes, and why. */
export interface MirrorAxes {
  /** In a volume's order. */
  readonly axes: readonly Axis[];
  /** A sentence, where the labels decided. */
  readonly reason?: string;
}

/** What names say that have sides: words that one begins with, and abbreviations. */
const SIDES: Readonly<Record<Axis, { readonly words: readonly string[]; readonly short: readonly string[] }>> = {
  z: { words: ["superior", "inferior", "upper", "lower", "cranial", "caudal"], short: ["sup", "inf"] },
  y: { words: ["anterior", "posterior", "ventral", "dorsal"], short: ["ant", "post"] },
  x: { words: ["left", "right"], short: ["l", "r", "lt", "rt", "lh", "rh"] },
};

/**
 * The axes of the setting; of "auto", those along which no label's name tells sides apart, such as "left" along x. A
 * mirrored left kidney would look like a right one. Without labels there are none.
 */
export function mirrorAxes(mirroring: Mirroring, labels: ReadonlyMap<number, string>): MirrorAxes {
  if (mirroring !== "auto") return { axes: AXES.filter((axis) => mirroring.includes(axis)) };
  if (labels.size === 0) return { axes: [], reason: "mirroring: along no axis, as no label has a name" };
  const sided = new Map<Axis, string>();
  for (const axis of AXES) {
    const label = [...labels.values()].find((name) => tellsSides(name, axis));
    if (label !== undefined) sided.set(axis, label);
  }
  const axes = AXES.filter((axis) => !sided.has(axis));
  const allowed = `mirroring: along ${axes.length > 0 ? axes.join(", ") : "no axis"}`;
  const refused = [...sided].map(([axis, label]) => `not along ${axis}, because of the label "${label}"`);
  return {
    axes,
    reason: [allowed, ...refused].join("; ") + (sided.size > 0 ? "" : ", as no label's name tells sides"),
  };
}

/** Words are told apart by capitals, too: "KidneyLeft". */
function tellsSides(name: string, axis: Axis): boolean {
  const { words, short } = SIDES[axis];
  const parts = name.replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase().split(/[^\p{L}]+/u);
  return parts.some((part) => short.includes(part) || words.some((word) => part.startsWith(word)));
}

/** How likely a patch is mirrored along z, y, x: as likely as not, where it may be. */
export function flipProbabilities(axes: readonly Axis[]): Triple {
  return perAxis((axis) => axes.includes(AXES[axis]) ? 0.5 : 0);
}
