/**
 * What the viewer shows: cases with their images, and what lies over them.
 *
 * @module
 */

/** A label file over an image. */
export interface ShownOverlay {
  readonly kind: "truth" | "prediction";
  /** In the legend: "truth", or what the prediction is by. */
  readonly name: string;
  readonly path: string;
}

/** One image and its overlays, all of them on one grid. */
export interface ShownCase {
  /** As the list names it. */
  readonly id: string;
  readonly image: string;
  /** Which of the image's 3D frames is shown, from 0. */
  readonly frame: number;
  readonly overlays: readonly ShownOverlay[];
  /** What is not shown, and why, a sentence each. */
  readonly remarks: readonly string[];
}

/** Everything that one call of the viewer shows. */
export interface Show {
  readonly title: string;
  /** Names of structures by label value; those without a name are called by their value. */
  readonly labels: ReadonlyMap<number, string>;
  readonly cases: readonly ShownCase[];
}
