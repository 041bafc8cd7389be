/**
 * Every number that a plan is made with and that measurement may improve: chosen once, here.
 *
 * @module
 */

/** How large volumes, patches and the network are, together. */
export interface Size {
  /** The most voxels that the median volume, cropped, may have, where it is not known how long structures are. */
  readonly volumeVoxels: number;
  /** The most voxels of a patch. */
  readonly patchVoxels: number;
  /** Channels of the finest level. */
  readonly baseFilters: number;
}

/** The table. */
export const PLANNING = Object.freeze({
  /** Of the seconds that training has, what goes to pre-training; fine-tuning has the others. */
  pretrainShare: 0.3,
  /** From the smallest to the largest; a plan takes the largest for which the budget has enough steps. */
  sizes: Object.freeze<readonly Size[]>([
    { volumeVoxels: 50_000, patchVoxels: 24_576, baseFilters: 8 },
    { volumeVoxels: 110_000, patchVoxels: 32_768, baseFilters: 8 },
    { volumeVoxels: 250_000, patchVoxels: 65_536, baseFilters: 16 },
    { volumeVoxels: 600_000, patchVoxels: 131_072, baseFilters: 24 },
    { volumeVoxels: 2_000_000, patchVoxels: 262_144, baseFilters: 32 }, // nnU-Net's filters, and the paper's patch
  ]),
  /** The place, among them, of what is measured first. */
  firstSize: 1,
  /** Steps of fine-tuning that a size must leave time for, or a smaller one is taken. */
  enoughSteps: 600,
  /** From so many steps on unlabelled volumes are learnt from; what shorter trainings gain by it is not settled. */
  enoughToTeach: 500,
  /** How much longer a step takes then: beside two labelled patches, two are labelled and learnt from. */
  taughtTimes: 7 / 3,
  /** Resolutions of the network. */
  fewestLevels: 2,
  mostLevels: 4,
  /** An axis is halved while it has as many voxels, so that the coarsest level has 4 (nnU-Net's minimum). */
  shortestHalved: 8,
  /** A patch is to be so many times as long as the longest structure. */
  margin: 1.5,
  /** Where structures are known and patches cover them, volumes may have so many times the voxels of their size. */
  roomAround: 2,
  /** How much coarser voxels may become, at most, for patches that cover the structures. */
  mostCoarsening: 2,
  /** Patches a step of fine-tuning; more only where patches are whole volumes, and smaller than they might be. */
  batch: 2,
  mostBatch: 4,
  /** Training steps between two averagings; fewer where fewer than `fewestRounds` rounds would fit. */
  stepsPerRound: 30,
  fewestRounds: 5,
  /** Feature maps that a training step keeps at once, of each level's size and channels, in float32. */
  mapsKept: 24,
  /** Of the budget, what measuring one kind of training may take, within bounds in seconds. */
  measuringShare: 0.01,
  leastMeasuring: 1.5,
  mostMeasuring: 10,
  /** Of what is left of the budget, what measuring another size may take; else its steps are reckoned from the first. */
  measuringAgain: 0.1,
  /** Of the memory that a process may take, what a training step may. */
  memoryShare: 0.5,
  /** Seconds that a peer takes beside what is measured: for keys and connections; for a step of averaging; at the end. */
  joining: 2,
  exchange: 0.3,
  closing: 3,
  /** Of the budget, what tests are given where nobody has measured them. */
  testsShare: 0.1,
});
