/**
 * How far the structures of labelled cases reach, from their label files.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { axisMapOf } from "../data/affine.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import { readLabels } from "../data/labels/read.ts";
import { scatter } from "../data/orient.ts";
import { type Plan, plannedSpacing } from "../data/plan.ts";
import type { Volume } from "../data/volume.ts";
import { distributionsOf, type Extents, type Fingerprint } from "./fingerprint.ts";

/** Key of the box around everything. */
const ALL = 0;

/**
 * The extents of all structures of the cases that have label files, together and by name. One file is read after
 * another.
 *
 * @throws {UserError} if a file cannot be read or holds a value that is none of the dataset's.
 */
export async function structuresOf(
  cases: readonly CaseReference[],
  scheme: LabelScheme,
  plan: Pick<Plan, "fieldOfView" | "sliceSpacing">,
): Promise<Pick<Fingerprint, "foreground" | "structures">> {
  const found = new Map<number, Triple[]>();
  for (const { label } of cases) {
    if (label === undefined) continue;
    for (const [value, extent] of extentsIn(await readLabels(label, scheme, { ignored: "background" }), plan)) {
      found.set(value, [...found.get(value) ?? [], extent]);
    }
  }
  const extentsOf = (value: number): Extents | undefined => {
    const extents = found.get(value);
    return extents && { cases: extents.length, extent: distributionsOf(extents) };
  };
  const foreground = extentsOf(ALL);
  if (!foreground) return {};
  const structures = [...scheme.labels].flatMap(([value, name]) => {
    const extents = extentsOf(value);
    return extents ? [[name, extents] as const] : [];
  });
  return { foreground, structures: Object.fromEntries(structures) };
}

/** The extent along x, y, z (RAS), in mm, of the box around each value but 0, and under 0 of that around all. */
function extentsIn(
  { data, dims, spacing, affine }: Pick<Volume<Float32Array | Uint8Array>, "data" | "dims" | "spacing" | "affine">,
  plan: Pick<Plan, "fieldOfView" | "sliceSpacing">,
): Map<number, Triple> {
  const boxes = new Map<number, { low: number[]; high: number[] }>();
  const add = (value: number, place: Triple) => {
    const box = boxes.get(value) ?? { low: [...place], high: [...place] };
    boxes.set(value, box);
    for (let axis = 0; axis < 3; axis++) {
      box.low[axis] = Math.min(box.low[axis], place[axis]);
      box.high[axis] = Math.max(box.high[axis], place[axis]);
    }
  };
  let index = 0;
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++) {
        const value = data[index++];
        if (value === 0) continue;
        add(value, [x, y, z]);
        add(ALL, [x, y, z]);
      }
    }
  }
  const sizes = plannedSpacing(dims, spacing, plan), map = axisMapOf(affine);
  return new Map([...boxes].map(([value, { low, high }]) => [
    value,
    scatter(map, perAxis((axis) => (high[axis] - low[axis] + 1) * sizes[axis])),
  ]));
}
