/**
 * What in a header is odd but can be read: where it says one thing twice and differently, or not at all.
 *
 * @module
 */
import { columnNorms } from "../affine.ts";
import { hasPlace, millimetresOf, qformOf, sformOf, shortest } from "./forms.ts";
import { dimsOf, type NiftiHeader, spacingOf } from "./header.ts";
import { distanceApart, tolerance } from "./placing.ts";

/** One oddity. */
export interface Remark {
  /** What is odd. */
  readonly kind: "sizes" | "no sizes" | "forms" | "unit";
  /** A sentence without the file's name: what the header says, and what is made of it. */
  readonly text: string;
}

/** `pixdim` and affine disagree from here on, as a share of the voxel size: no training notices less. */
const SIZES_APART = 0.01;

/** What is odd about a header, if anything. */
export function remarksOn(header: NiftiHeader): Remark[] {
  return [sizesRemark(header), formsRemark(header), unitRemark(header)].filter((remark) => remark !== undefined);
}

function sizesRemark(header: NiftiHeader): Remark | undefined {
  const { affine, forms } = header;
  const own = header.pixdim.slice(0, 3);
  const shown = (sizes: readonly number[]) => sizes.slice(0, own.length).map(shortest).join(" x ");
  if (!own.every((size) => Number.isFinite(size) && size > 0)) {
    const text = `pixdim does not hold sizes above zero (${shown(own)}): ${shown(spacingOf(header))} mm are taken`;
    return { kind: "no sizes", text };
  }
  const norms = columnNorms(affine);
  if (!hasPlace(forms) || own.every((size, axis) => Math.abs(size - norms[axis]) <= SIZES_APART * norms[axis])) return;
  const text = `pixdim says that voxels are ${shown(own)} mm, the affine ${shown(norms)} mm: pixdim's are taken`;
  return { kind: "sizes", text };
}

function formsRemark({ forms, affine, dims }: NiftiHeader): Remark | undefined {
  if (forms.sformCode <= 0 || forms.qformCode <= 0) return undefined;
  const extent = dimsOf({ dims });
  const [sform, qform] = [sformOf(forms), qformOf(forms)];
  const apart = distanceApart(sform, qform, extent);
  if (apart <= tolerance(affine, qform, extent)) return undefined;
  const far = Number.isFinite(apart)
    ? `qform and sform place voxels up to ${Number(apart.toPrecision(3))} mm apart`
    : "the qform holds something else than numbers";
  return { kind: "forms", text: `${far}: the sform is taken, other programs may not` };
}

function unitRemark({ forms }: NiftiHeader): Remark | undefined {
  const unit = forms.units & 7;
  if (unit <= 3) return undefined;
  return {
    kind: "unit",
    text: `the unit of length, ${unit}, is none of the standard's: ${millimetresOf(forms)} mm is taken`,
  };
}
