/**
 * What every way of making sites is given and gives.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";

/** What is known of a subject, for divisions that look at the data; see `measure.ts`. */
export interface SubjectMeasures {
  /** Mean over the subject's images, in the files' own unit. */
  readonly intensity: number;
  /** Voxels of all labels, mean over the subject's cases; null without labels. */
  readonly labelVolume: number | null;
}

/** What a division is made with. */
export interface DivisionOptions {
  /** How many sites to make. */
  readonly sites: number;
  /** How alike sites are, above 0: the larger, the more alike (Dirichlet's alpha). Only divisions that draw use it. */
  readonly alpha: number;
  /** Draws who goes where. */
  readonly rng: Rng;
  /** By subject; asked only by divisions that `needsMeasures`. */
  measuresOf(subject: string): SubjectMeasures;
}

/** One way to deal subjects out to sites; see `registry.ts`. */
export interface Division {
  /** Whether it looks at {@linkcode DivisionOptions.measures}. */
  readonly needsMeasures: boolean;
  /**
   * Deals the subjects over the sites: a list of subjects for each site.
   *
   * @param subjects ids in a fixed order
   * @returns the subjects of each site
   */
  divide(subjects: readonly string[], options: DivisionOptions): string[][];
}
