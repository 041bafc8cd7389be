/**
 * What every dataset format is read into.
 *
 * @module
 */

/** Where one case's files are and whom it shows. */
export interface CaseReference {
  /** Unique within the dataset. */
  readonly id: string;
  /** The person: cases of one subject never part in a split. */
  readonly subject: string;
  /** The hospital, where the dataset tells. */
  readonly site?: string;
  /** Path of the image file; where each channel has a file of its own, the first one's. */
  readonly image: string;
  /** Paths of all channels' image files, `image` the first, where each channel has its own. @default [image] */
  readonly images?: readonly string[];
  /** Frames along the image file's fourth dimension, each a channel, where one file holds all. @default 1 */
  readonly frames?: number;
  /** Path of the label file, where there is one. */
  readonly label?: string;
}

/** A folder of cases, opened but not loaded. */
export interface Dataset {
  /** As its description calls it, else its folder. */
  readonly name: string;
  /** Where it lies. */
  readonly directory: string;
  /** The name of its {@linkcode DatasetFormat}. */
  readonly format: string;
  /** Name by label value, background (0) left out; empty for unlabelled data. */
  readonly labels: ReadonlyMap<number, string>;
  /**
   * The label value of voxels that nobody annotated: they count in no loss and no metric, and are no structure. It is
   * not in `labels`. @default none: every voxel is annotated
   */
  readonly ignore?: number;
  /** Names of the images' channels in their order, where there are several. @default one channel */
  readonly channels?: readonly string[];
  /** Every case, with or without a label. */
  readonly cases: readonly CaseReference[];
  /** What was left out or taken for granted, a sentence each: for the user to know, once. @default nothing */
  readonly notes?: readonly string[];
}

/** What the values in a dataset's label files mean; hand the dataset itself on, so that nothing of it is forgotten. */
export type LabelScheme = Pick<Dataset, "labels" | "ignore">;

/** One way to lay out a dataset; see `registry.ts`. */
export interface DatasetFormat {
  /** What {@linkcode Dataset.format} says. */
  readonly name: string;
  /** Whether `directory`, with the parsed `description` (its dataset.json, if it has one), looks like this format. */
  matches(directory: string, description: unknown): boolean | Promise<boolean>;
  /** Opens it. @throws {UserError} if what it says is not so. */
  open(directory: string, description: unknown): Promise<Dataset>;
}
