/**
 * File names of the Brain Imaging Data Structure: `sub-01_ses-2_run-1_T1w.nii.gz` is of the entities sub, ses and run
 * and has the suffix T1w (specification 1.10, "File name structure").
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseBidsName } from "./names.ts";
 *
 * const { entities, suffix } = parseBidsName("sub-01_run-1_T1w.nii.gz")!;
 * assertEquals([[...entities], suffix], [[["sub", "01"], ["run", "1"]], "T1w"]);
 * ```
 *
 * @module
 */

/** A file's name, taken apart. */
export interface BidsName {
  /** Values by key, as in the name. */
  readonly entities: ReadonlyMap<string, string>;
  /** What kind of data it is: T1w, dseg, mask. */
  readonly suffix: string;
  /** The suffix of the image that a derivative is of, which older tools keep in the name: sub-01_T1w_dseg. */
  readonly of?: string;
  /** The name without suffix and ending. */
  readonly stem: string;
}

/** Takes a name apart; undefined for one that is not BIDS's. */
export function parseBidsName(name: string): BidsName | undefined {
  const [plain] = name.normalize().split(/\.(?=[a-z])/i, 1);
  const parts = plain.split("_");
  const suffix = parts.pop()!;
  const entities = new Map<string, string>();
  let of: string | undefined;
  for (const part of parts) {
    const [, key, value] = /^([a-z]+)-(.+)$/i.exec(part) ?? [];
    if (key !== undefined) entities.set(key, key === "run" ? value.replace(/^0+(?=.)/, "") : value);
    else if (of === undefined && entities.size > 0) of = part;
    else return undefined;
  }
  if (suffix === "" || suffix.includes("-")) return undefined;
  return { entities, suffix, stem: parts.join("_"), ...(of !== undefined && { of }) };
}

/** What a derivative's name may say beyond its source's: the kind of its grid, and what it shows. */
const OF_DERIVATIVES = new Set(["space", "res", "den", "seg", "atlas", "label", "desc"]);

/**
 * Whether a segmentation's name is of an image: it has the image's entities, and no others but a derivative's own.
 *
 * @param isAlone the image is the only one of its person and session, which then say enough.
 */
export function isOf(image: BidsName, segmentation: BidsName, isAlone: boolean): boolean {
  if (segmentation.of !== undefined && segmentation.of !== image.suffix) return false;
  const agrees = ([key, value]: [string, string]) => {
    const other = segmentation.entities.get(key);
    return other === value || (other === undefined && isAlone && key !== "sub" && key !== "ses");
  };
  if (![...image.entities].filter(([key]) => key !== "desc").every(agrees)) return false;
  return [...segmentation.entities.keys()].every((key) => image.entities.has(key) || OF_DERIVATIVES.has(key));
}
