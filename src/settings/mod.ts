/**
 * What a peer may be told, described once: its types, where it starts from, and in what peers must agree.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { agreementOn, PEER_DEFAULTS } from "./mod.ts";
 *
 * assertEquals(PEER_DEFAULTS.schedule.rounds, 14);
 * assertEquals(agreementOn("network.levels"), "always");
 * ```
 *
 * @module
 */
export {
  type Defaults,
  type FineTuningDefaults,
  type NetworkDefaults,
  PEER_DEFAULTS,
  type PeerDefaults,
  PROTOCOL_DEFAULTS,
  type ScheduleDefaults,
} from "./defaults.ts";
export { checkPolicy } from "./policy.ts";
export { type Agreement, agreementOn } from "./shared.ts";
export type * from "./types.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
