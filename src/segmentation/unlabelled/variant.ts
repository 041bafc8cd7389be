/**
 * What a way to learn from unlabelled volumes must say: how the student's patches are put together.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";

/** A box of voxels in a patch. */
export interface Box {
  /** Its first voxel along z, y, x. */
  readonly start: Triple;
  /** Its extent along z, y, x, within the patch. */
  readonly size: Triple;
}

/** A patch of a step: unlabelled, and then what the teacher says of it counts, or labelled. */
export interface Source {
  /** Which of the step's patches. */
  readonly kind: "unlabelled" | "labelled";
  /** Its place among those of its kind. */
  readonly index: number;
}

/** A patch that the student sees. */
export interface StudentPatch {
  /** What it is but for the box. */
  readonly base: Source;
  /** A box that is of another patch, from the same place there: image and label alike. */
  readonly pasted?: { readonly from: Source; readonly box: Box };
}

/** What a step has. */
export interface StepPatches {
  /** Unlabelled patches, at least 1. */
  readonly unlabelled: number;
  /** Labelled patches; 0 where the site has no label. */
  readonly labelled: number;
  /** Voxels of each along z, y, x. */
  readonly shape: Triple;
  /** Draws the boxes. */
  readonly rng: Rng;
}

/** A way to learn from unlabelled volumes. */
export interface UnlabelledVariant {
  /** As a setting calls it. */
  readonly name: string;
  /** The patches that the student sees in a step: a pure function of what the step has and of what `rng` draws. */
  plan(patches: StepPatches): readonly StudentPatch[];
}
