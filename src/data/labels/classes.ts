/**
 * From label values, which a dataset chooses, to classes, which networks count from 0.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { LabelScheme } from "../datasets/dataset.ts";
import { IGNORED } from "./ignored.ts";

/** The label value of each class, background first. Voxels that are not annotated are of no class. */
export function classValues({ labels }: LabelScheme): number[] {
  return [0, ...[...labels.keys()].filter((value) => value !== 0).sort((a, b) => a - b)];
}

/**
 * The class of each voxel, {@linkcode IGNORED} where nobody annotated it.
 *
 * @param values each one of the scheme's, as `readLabels` gives them; if they are bytes, the classes take their place
 * @throws {UserError} if there are so many classes that none is left for voxels without annotation.
 */
export function classesOf(values: Float32Array | Uint8Array, scheme: LabelScheme): Uint8Array {
  const labelValues = classValues(scheme);
  const classOf = new Map(labelValues.map((value, index) => [value, index]));
  if (scheme.ignore !== undefined) {
    if (labelValues.length > IGNORED) {
      throw new UserError(
        `loading a case: beside an ignore label there may be ${IGNORED} classes, background included`,
        {
          value: labelValues.length,
        },
      );
    }
    classOf.set(scheme.ignore, IGNORED);
  }
  const classes = values instanceof Uint8Array ? values : new Uint8Array(values.length);
  let [lastValue, lastClass] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== lastValue) [lastValue, lastClass] = [values[i], classOf.get(values[i])!];
    classes[i] = lastClass;
  }
  return classes;
}
