/**
 * What a new site must say of itself, from flags or from questions.
 *
 * @module
 */
import type { Dataset } from "../../data/datasets/dataset.ts";
import type { Charter } from "../../mesh/charter/charter.ts";

/** What may leave a site beside weights. */
export const PRIVACY = ["open", "budget", "weights-only"] as const;

/** Everything that a new site is made of. */
export interface Answers {
  /** The site's folder. */
  site: string;
  /** How the others see it. */
  name: string;
  /** The folder of its volumes, as it was given. */
  data: string;
  /** That folder, opened. */
  dataset: Dataset;
  /** The charter that it was given, and its file. */
  charter?: { file: string; charter: Charter; text: string };
  /** The consortium that it asks to join, where it has no charter. */
  consortium?: string;
  /** Whether what all sites train is taken from this one. */
  found: boolean;
  /** Multiaddrs of other sites; none: they are found on the local network. */
  dial: readonly string[];
  /** The port that it listens on; 0: any that is free. */
  port: number;
  privacy: typeof PRIVACY[number];
}
