/**
 * What the configuration must know of an objective: which settings it reads, and which ones it is made of.
 *
 * @module
 */

/** Settings that only some objectives read; all others are common. */
export const ownSettings = [
  ...["dimension", "hidden", "temperature", "momentum", "symmetric", "negatives", "queue"],
  ...["release", "remoteQueue", "staleness", "sampling"],
  ...["maskedDenominator", "localPositives", "structuralMatching", "batchNegatives", "maskRatio"],
  ...["contrastWeight", "pretextWeight", "sharedForward"],
] as const;

/** One of them. */
export type OwnSetting = typeof ownSettings[number];

/** What the configuration must know of an objective. */
export interface ObjectiveSettings {
  /** What reports call it. */
  readonly title: string;
  /** The own settings that it reads. */
  readonly reads: readonly OwnSetting[];
  /** Settings that make it what its name says: another value is refused. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** What it is set to where the user says nothing else and the common default does not suit it. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Where it takes one projection of one kind only. */
  readonly projection?: "dense" | "global";
  /** The fewest volumes a step. @default 1 */
  readonly volumes?: number;
}
