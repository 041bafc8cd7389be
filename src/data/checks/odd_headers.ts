/** Headers that say one thing twice and differently, or leave it open, are told. */
import { columnNorms } from "../affine.ts";
import { imageFilesOf } from "../channels.ts";
import { type Remark, remarksOn } from "../nifti/remarks.ts";
import { dimsOf, type NiftiHeader } from "../nifti/header.ts";
import { distanceApart } from "../nifti/placing.ts";
import type { CaseHeaders, CheckContext } from "./check.ts";
import { placedGrid, placeOfChannel, placeOfLabel, type PlaceOnImage } from "./same_place.ts";

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

function oddities({ reference, image, others = [], label }: CaseHeaders): Told[] {
  const of = (header: NiftiHeader, path: string) => remarksOn(header).map((remark): Told => ({ ...remark, path }));
  const [first, ...paths] = imageFilesOf(reference);
  const found = of(image, first);
  others.forEach((other, index) => {
    const path = paths[index];
    const place = placeOfChannel(placedGrid(image), placedGrid(other), { first, where: path });
    found.push(...of(other, path), ...oddPlace({ image, own: other, path, what: "channel" }, place));
  });
  if (!label) return found;
  const path = reference.label!;
  const place = placeOfLabel(placedGrid(image), placedGrid(label), path);
  return [...found, ...of(label, path), ...oddPlace({ image, own: label, path, what: "label" }, place)];
}

interface BesideImage {
  image: NiftiHeader;
  own: NiftiHeader;
  path: string;
  what: "label" | "channel";
}

/** What is odd about where a file lies beside its image. */
function oddPlace({ image, own, path, what }: BesideImage, { map, assumed, byQform }: PlaceOnImage): Told[] {
  if (byQform) {
    const text = `the ${what} lies where its image's qform says, not the sform: their voxels are taken to be the same`;
    return [{ kind: "by qform", path, text }];
  }
  if (assumed !== undefined) {
    const whose = assumed === "own" ? "has" : "has an image that has";
    const text =
      `the ${what} ${whose} neither qform nor sform: its voxels are taken to lie in the order of its image's`;
    return [{ kind: "no place", path, text }];
  }
  const apart = distanceApart(image.affine, own.affine, dimsOf(own), map);
  const voxel = Math.min(...columnNorms(image.affine));
  if (!(apart > TOLD_FROM * voxel)) return [];
  const shares = `${Number(apart.toPrecision(2))} mm, ${Number((apart / voxel).toPrecision(2))} voxels`;
  return [{
    kind: "apart",
    path,
    text: `the ${what} lies up to ${shares}, beside its image: it is taken to lie there`,
  }];
}
