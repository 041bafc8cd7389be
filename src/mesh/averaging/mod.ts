/**
 * Averaging: each peer's vector comes to the mean over the mesh, weighted by what each site contributes, with no server
 * and nobody waiting for anybody in particular.
 *
 * The words of this room:
 *
 * - a *state* {mass, vector, round} is what a peer averages; a *snapshot* is a copy of it. Masses stay with their
 *   sites.
 * - an *exchange* is what two peers do at a time. Over a two-way link both give their vector; over a one-way link, one
 *   pushes a *share* of what it holds to the other.
 * - a *side* is a peer in its exchanges, those that it begins and those that it is asked for: it speaks the protocol
 *   and changes the state. `two_way/side.ts` and `one_way/side.ts` say what is lost when the other dies.
 * - a *step* is what a peer does after a round of training: the exchanges that the topology's *plan* has for it, and
 *   others where the planned partners are away.
 * - a *rule* makes a peer's next vector of its own and those that it received. The mean is applied exchange by
 *   exchange; a rule that is not linear, once, to all vectors of a step.
 * - a *link* is what two partners know of each other; a *compressor* encodes vectors as differences to that.
 *
 * One exchange over a two-way link; A and B have the masses a and b, the vectors x and y, and the weight 1/2:
 *
 * ```
 *         A                                                B
 *   begins the exchange ── offer ──────────────────▶  is it free? the same layout? the same step?
 *                       ◀──────── accept, y encoded ──  freezes y
 *   freezes x           ── x encoded ──────────────▶
 *                       ◀──────────────── commit ─────  has both vectors
 *   x += (a·x + b·y) / (a + b) − x
 *                       ── committed ──────────────▶  y += (a·x + b·y) / (a + b) − y
 * ```
 *
 * Top-down: `averaging.ts` is what a peer uses. It plans with `partners.ts` whom a step is with, and takes the step
 * with `two_way/` or `one_way/`, as the topology's links are. Each of these has its steps, its side, its messages and
 * its state; what the two have in common is in `steps.ts`, `side.ts` and `state.ts`. `server.ts` answers the others,
 * late peers (`late_state.ts`) among them. `topologies/`, `compression/`, `aggregation/` and `outer/` hold the
 * variants, one a file with a registry each; `simulation/` runs them in virtual time.
 *
 * @example The variants that a consortium may name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { aggregationRules, checkAveraging, topologies } from "./mod.ts";
 *
 * console.log(topologies.names, aggregationRules.names);
 * const settings = checkAveraging({ topology: "complete", rule: "trimmed-mean" }, 8);
 * assertEquals(settings.compression, "none");
 * ```
 *
 * @module
 */
export { Averaging } from "./averaging.ts";
export type {
  AveragingEvent,
  AveragingOptions,
  ComeBackOptions,
  ExchangeOptions,
  InitialiseOptions,
} from "./options.ts";
export type { FetchStateOptions, LateState } from "./late_state.ts";
export { type AveragingSettings, checkAveraging, DEFAULT_AVERAGING } from "./settings.ts";
export type { MassedVector, Snapshot, State } from "./state.ts";
export type { Exchanged, ExchangeResult, StepOptions, StepResult } from "./steps.ts";
export type { ExchangeFailure } from "./failure_kinds.ts";
export { checkCombination, type Combination } from "./aggregation/combination.ts";
export {
  type AggregationRule,
  type Combined,
  distance,
  type OpenRule,
  type Received,
  type Refusal,
  type RunPosition,
} from "./aggregation/rule.ts";
export type { Sliced } from "../../core/slices.ts";
export { aggregationRules } from "./aggregation/rules.ts";
export {
  allocate,
  bodyOf,
  checkInput,
  type Codec,
  CompressionError,
  type Compressor,
  type ExpectedBody,
  HEADER_BYTES,
  type MatrixPart,
  MAX_MAGNITUDE,
  type VectorLayout,
} from "./compression/compressor.ts";
export { compressors } from "./compression/compressors.ts";
export type { OuterOptimiser, OuterRates, OuterState } from "./outer/outer_optimiser.ts";
export { outerOptimisers } from "./outer/outer_optimisers.ts";
export {
  checkMembers,
  checkRound,
  type Edge,
  type MixingPlan,
  type MixingPlanOptions,
  planOfEdges,
  type Row,
  type Topology,
  type VarianceOptions,
} from "./topologies/topology.ts";
export { topologies } from "./topologies/topologies.ts";
