/**
 * What a site's report says of the run beside its figures: which cases, what data, with what, and what was spent.
 *
 * @module
 */
import deno from "../../../deno.json" with { type: "json" };
import type { CaseCounts } from "../events.ts";

/** The ids of a site's cases by use; labelled cases are among the training cases. */
export type CaseNames = Record<keyof CaseCounts, string[]>;

/** The data that a site trains with. */
export interface SiteDataset {
  /** As its description calls it, else its folder. */
  name: string;
  /** Where it lies at the site. */
  directory?: string;
  /** Label names by value, without background. */
  labels: Record<number, string>;
  /** Whether the volumes are made up by the phantom generator. */
  phantom: boolean;
}

/** What a site's policy accounts for. */
export interface PrivacyReport {
  /** What each release may tell of a single embedding. */
  epsilon: number;
  /** The probability that it tells more. */
  delta: number;
  /** What all releases together have spent, at delta. */
  spentEpsilon: number;
  /** What they may spend; null: no bound. */
  totalEpsilon: number | null;
  /** Releases that were paid for, in all runs on this state. */
  releases: number;
}

/** What a site's policy accounts for of the weights. */
export interface UpdatePrivacyReport extends PrivacyReport {
  /** The L2 norm that an update has at most before its noise. */
  clip: number;
}

/** Of the project and of what it runs on. */
export interface Versions {
  /** This project. */
  syncytium: string;
  /** Deno. */
  deno: string;
  /** TensorFlow.js. */
  tfjs: string;
}

/** Those of this process, without loading TensorFlow.js. */
export function versions(): Versions {
  const tfjs = deno.imports["@tensorflow/tfjs"];
  return { syncytium: deno.version, deno: Deno.version.deno, tfjs: tfjs.slice(tfjs.lastIndexOf("@") + 1) };
}
