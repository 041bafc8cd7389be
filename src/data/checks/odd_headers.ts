/** Headers that say one thing twice and differently, or leave it open, are told. */
import { columnNorms } from "../affine.ts";
import { type Remark, remarksOn } from "../nifti/remarks.ts";
import { dimsOf, type NiftiHeader } from "../nifti/header.ts";
import { distanceApart } from "../nifti/placing.ts";
import type { CaseHeaders, CheckContext } from "./check.ts";
import { placedGrid, placeOfLabel } from "./same_place.ts";

/** Voxels by which a label may lie beside its image without a word: more than roundings make. */
const TOLD_FROM = 0.1;

interface Told {
  kind: Remark["kind"] | "no place" | "by qform" | "apart";
  path: string;
  text: string;
}

/** See the file's head: of each kind the first file, and how many there are. */
export function tellOddHeaders(all: readonly CaseHeaders[], { plan }: CheckContext): string[] {
  const sizesCount = plan?.fieldOfView === undefined; // else nobody believes the headers' sizes
  const told = all.flatMap(oddities).filter(({ kind }) => sizesCount || (kind !== "sizes" && kind !== "no sizes"));
  return [...Map.groupBy(told, ({ kind }) => kind).values()].map(([{ path, text }, ...others]) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more ${others.length === 1 ? "file" : "files"}`;
    return `${path}${more}: ${text}`;
  });
}

function oddities({ reference, image, label }: CaseHeaders): Told[] {
  const of = (header: NiftiHeader, path: string) => remarksOn(header).map((remark): Told => ({ ...remark, path }));
  const found = of(image, reference.image);
  if (!label) return found;
  const path = reference.label!;
  found.push(...of(label, path));
  const { map, assumed, byQform } = placeOfLabel(placedGrid(image), placedGrid(label), path);
  if (byQform) {
    const text = "the label lies where its image's qform says, not the sform: their voxels are taken to be the same";
    found.push({ kind: "by qform", path, text });
  }
  if (assumed !== undefined) {
    const whose = assumed === "label" ? "has" : "has an image that has";
    const text = `the label ${whose} neither qform nor sform: its voxels are taken to lie in the order of its image's`;
    found.push({ kind: "no place", path, text });
  }
  if (byQform || assumed !== undefined) return found;
  const apart = distanceApart(image.affine, label.affine, dimsOf(label), map);
  const voxel = Math.min(...columnNorms(image.affine));
  if (apart > TOLD_FROM * voxel) {
    const shares = `${Number(apart.toPrecision(2))} mm, ${Number((apart / voxel).toPrecision(2))} voxels`;
    found.push({
      kind: "apart",
      path,
      text: `the label lies up to ${shares}, beside its image: it is taken to lie there`,
    });
  }
  return found;
}
