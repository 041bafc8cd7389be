/**
 * Puts patches together as they were planned.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { copyBox } from "./boxes.ts";
import type { Source, StudentPatch } from "./variant.ts";

/**
 * Images and labels alike, and where labels come from.
 *
 * @param sources by their kind, [patches, depth, height, width, channels]
 * @param into [planned, depth, height, width, channels]
 */
export function mix<T extends Float32Array | Uint8Array | Int32Array>(
  planned: readonly StudentPatch[],
  sources: Readonly<Record<Source["kind"], T>>,
  into: T,
  shape: Triple,
): void {
  const size = into.length / planned.length;
  const patchOf = ({ kind, index }: Source) => sources[kind].subarray(index * size, (index + 1) * size) as T;
  planned.forEach(({ base, pasted }, index) => {
    const patch = into.subarray(index * size, (index + 1) * size) as T;
    patch.set(patchOf(base));
    if (pasted) copyBox(patchOf(pasted.from), patch, shape, pasted.box);
  });
}
