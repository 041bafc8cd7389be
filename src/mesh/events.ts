/**
 * What the mesh tells its owner while it runs.
 *
 * @module
 */
import type { AveragingEvent } from "./averaging/options.ts";
import type { CharterEvent } from "./charter/spread.ts";
import type { ConductRecord, PausedEvent } from "./admission/conduct.ts";
import type { FeaturesEvent } from "./features/pulls.ts";
import type { PlaceEvent } from "./admission/places.ts";
import type { SplitEvent } from "./finding/split.ts";

/** One event of the mesh; `peer` is always a remote's peer id. */
export type MeshEvent =
  | { type: "peer-joined"; peer: string }
  /** Its last connection is gone; `goodbye`: it said that it would leave. */
  | { type: "peer-left"; peer: string; goodbye: boolean }
  /** Turned away, or turned us away; `reason` is a sentence that says why. Repeated only when the reason changes. */
  | { type: "peer-refused"; peer: string; reason: string }
  /** A member announced where it stands. */
  | { type: "head"; peer: string; round: number }
  | PausedEvent
  | PlaceEvent
  | SplitEvent
  | AveragingEvent
  | FeaturesEvent
  | CharterEvent;

/** One member, as the list of members knows it. */
export interface MemberStatus {
  /** Its peer id. */
  peer: string;
  /** Connected, whether or not its hello was accepted. */
  connected: boolean;
  /** Connected and accepted. */
  admitted: boolean;
  /** Reached with no relay between. */
  direct: boolean;
  /** Milliseconds since the epoch; absent if never seen. */
  lastSeen?: number;
  /** What it did wrong; absent: nothing. */
  conduct?: ConductRecord;
  /** Where calls to it failed last, and why; absent where none did. */
  unreached?: UnreachedAddress[];
}

/** An address at which a member was called in vain. */
export interface UnreachedAddress {
  /** A multiaddr without the peer id. */
  address: string;
  /** A clause. */
  reason: string;
}
