/**
 * The phantom's sites: each has a scanner with a contrast, a noise, a bias field, a grid and a way of storing of its
 * own.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import type { WrittenDatatype } from "../nifti/write.ts";
import { type Tissue, TISSUES } from "./anatomy.ts";

/** One site's scanner. */
export interface Scanner {
  /** Intensity of each tissue, about 0 to 1. */
  readonly contrast: Readonly<Record<Tissue, number>>;
  /** Standard deviation of each of the two channels whose magnitude is the image (Rician noise). */
  readonly noise: number;
  /** Strength of the bias field: the standard deviation of its logarithm. */
  readonly bias: number;
  /** Voxel size along x, y, z (RAS) in mm. */
  readonly spacing: Triple;
  /** How voxel axes run in the stored file. */
  readonly orientation: string;
  readonly datatype: WrittenDatatype;
  /** Stored value times slope plus intercept is the intensity in the scanner's units. */
  readonly slope: number;
  readonly intercept: number;
  /** Scanner units of an intensity of 1, and of 0. */
  readonly range: readonly [number, number];
}

/**
 * Three families of contrast, roughly as T1-weighted MR, T2-weighted MR and contrast-enhanced CT; between families the
 * order of the tissues changes, so no monotone map leads from one to the other.
 */
const FAMILIES: readonly Readonly<Record<Tissue, number>>[] = [
  // deno-fmt-ignore
  { air: 0, fat: 0.95, muscle: 0.42, bone: 0.14, marrow: 0.7, liver: 0.6, spleen: 0.38, kidney: 0.5, fluid: 0.16, blood: 0.74, gland: 0.57 },
  // deno-fmt-ignore
  { air: 0, fat: 0.7, muscle: 0.22, bone: 0.1, marrow: 0.52, liver: 0.34, spleen: 0.56, kidney: 0.64, fluid: 1, blood: 0.48, gland: 0.42 },
  // deno-fmt-ignore
  { air: 0, fat: 0.3, muscle: 0.48, bone: 1, marrow: 0.72, liver: 0.57, spleen: 0.59, kidney: 0.68, fluid: 0.4, blood: 0.78, gland: 0.63 },
];

const GRIDS: readonly { spacing: Triple; orientation: string }[] = [
  { spacing: [2, 2, 2], orientation: "RAS" },
  { spacing: [1.8, 1.8, 2.5], orientation: "LPS" },
  { spacing: [2.4, 2.4, 2], orientation: "LAS" },
  { spacing: [2.2, 1.9, 1.9], orientation: "PSR" },
  { spacing: [1.9, 1.9, 3], orientation: "RPI" },
  { spacing: [2, 2.6, 2], orientation: "LSA" },
];

const STORAGE: readonly Pick<Scanner, "datatype" | "slope" | "intercept" | "range">[] = [
  { datatype: "int16", slope: 1, intercept: 0, range: [1200, 0] },
  { datatype: "uint8", slope: 0.5, intercept: 0, range: [90, 0] },
  { datatype: "int16", slope: 0.5, intercept: -1024, range: [1400, -1000] },
  { datatype: "float32", slope: 1, intercept: 0, range: [1, 0] },
];

/** What the families of contrast are called as channels of one image: each is seen by itself there. */
export const CONTRASTS: readonly string[] = ["T1", "T2", "CT"];

/**
 * The scanner of site number `site`; the first sites differ in everything.
 *
 * @param family of {@linkcode CONTRASTS}, by its place. @default one after the other, site by site
 */
export function buildScanner(site: number, rng: Rng, family = site % FAMILIES.length): Scanner {
  const shares = FAMILIES.map((_, i) => (i === family ? 1 : rng.uniform(0, 0.15)));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const gamma = Math.exp(rng.uniform(Math.log(0.75), Math.log(1.3)));
  const contrast = Object.fromEntries(TISSUES.map((tissue) => {
    const mixed = FAMILIES.reduce((sum, family, i) => sum + family[tissue] * shares[i] / total, 0);
    return [tissue, tissue === "air" ? 0 : Math.pow(mixed, gamma)];
  })) as Record<Tissue, number>;
  return {
    contrast,
    noise: rng.uniform(0.03, 0.07),
    bias: rng.uniform(0.05, 0.2),
    ...GRIDS[site % GRIDS.length],
    ...STORAGE[site % STORAGE.length],
  };
}
