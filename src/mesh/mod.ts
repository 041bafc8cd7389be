/**
 * The mesh: peers that find one another with no server, average weights by gossip, and exchange sealed embeddings.
 * Bytes and vectors only, never tensors.
 *
 * @example
 * ```ts
 * import { loadIdentity, Mesh } from "./mod.ts";
 *
 * const identity = await loadIdentity("state");
 * const mesh = new Mesh({
 *   identity,
 *   consortium: "example",
 *   settings: { levels: 4 },
 *   members: [identity.peerId],
 *   stateDirectory: "state",
 * });
 * await mesh.start();
 * mesh.averaging.initialise(new Float32Array(1000), { layout: "layout", mass: 12, round: 0 });
 * console.log(await mesh.averaging.exchange()); // { skipped: "no member is connected" }
 * await mesh.stop();
 * ```
 *
 * @module
 */
export {
  Averaging,
  type ExchangeOptions,
  type ExchangeResult,
  type InitialiseOptions,
  type MixOptions,
  type MixResult,
} from "./averaging/averaging.ts";
export {
  type Aggregate,
  type AggregationContext,
  type AggregationRule,
  type Aggregator,
  distance,
  type Held,
  type Received,
  type Refusal,
} from "./averaging/aggregation/rule.ts";
export { aggregationRules } from "./averaging/aggregation/rules.ts";
export {
  allocate,
  bodyOf,
  checkInput,
  type Codec,
  CompressionError,
  type Compressor,
  HEADER_BYTES,
  type MatrixPart,
  MAX_MAGNITUDE,
  type VectorLayout,
} from "./averaging/compression/compressor.ts";
export { compressors } from "./averaging/compression/compressors.ts";
export type { OuterOptimiser, OuterRates, OuterState } from "./averaging/outer/outer_optimiser.ts";
export { outerOptimisers } from "./averaging/outer/outer_optimisers.ts";
export {
  checkMembers,
  checkRound,
  type Edge,
  type Plan,
  planOfEdges,
  type PlanOptions,
  type Row,
  type Topology,
  type VarianceOptions,
} from "./averaging/topologies/topology.ts";
export { topologies } from "./averaging/topologies/topologies.ts";
export type { LateState } from "./averaging/late_state.ts";
export { type AveragingSettings, checkAveraging, DEFAULT_AVERAGING } from "./averaging/settings.ts";
export { consensusDistance, sketch, SKETCH_SIZE, sketchSeed } from "./heads/sketch.ts";
export { AveragingState, type Snapshot } from "./averaging/state.ts";
export { type CharterKeeper, type CharterKeeperOptions, openCharter } from "./charter/keeper.ts";
export type { CharterFork } from "./charter/fork.ts";
export { EnvelopeError } from "./envelope/sender_keys.ts";
export type { MemberStatus, MeshEvent } from "./events.ts";
export type { FeatureDigest, Head } from "./heads/head.ts";
export { createIdentity, type Identity, loadIdentity } from "./envelope/identity.ts";
export { Mesh } from "./mesh.ts";
export { checkAddresses, type CheckAddressesOptions, type MeshAddresses, type MeshOptions } from "./options.ts";
export { type Relay, type RelayOptions, startRelay } from "./connections/relay_node.ts";
export type { RelayLimits } from "./finding/relays.ts";
export type { Settings } from "./admission/hello.ts";
export type { Audit, AuditRecord, Flow, TrafficKind } from "./protocols/traffic.ts";
