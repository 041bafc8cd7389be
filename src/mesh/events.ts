/**
 * What the mesh tells its owner while it runs.
 *
 * @module
 */
import type { CharterFork } from "./charter/fork.ts";

/** One event of the mesh; `peer` is always a remote's peer id. */
export type MeshEvent =
  | { type: "peer-joined"; peer: string }
  | { type: "peer-left"; peer: string }
  /** Turned away, or turned us away; `reason` is a sentence that says why. Repeated only when the reason changes. */
  | { type: "peer-refused"; peer: string; reason: string }
  /** Members that were here have been missing for longer than an outage takes: all that are missing now. */
  | { type: "split"; missing: string[] }
  /** Members that were missing are back. */
  | { type: "healed"; peers: string[] }
  /** A member announced where it stands. */
  | { type: "head"; peer: string; round: number }
  /** Weights were averaged with `peer`. */
  | { type: "exchange"; peer: string; initiator: boolean; round: number; bytes: number; milliseconds: number }
  /** Features of `peer` arrived, verified and decrypted. */
  | { type: "features"; peer: string; round: number; count: number; bytes: number }
  /** A newer version of the charter is in force, from `peer` or, without one, from the site's own file. */
  | { type: "charter"; peer?: string; version: number; added: string[]; removed: string[] }
  /** There is another valid charter of a version that this peer holds, and stays with; `message` says so to people. */
  | { type: "charter-fork"; message: string; peer?: string } & CharterFork
  /**
   * Something to know that stops nothing; `peer` where one is to blame: `message` leaves its id to whoever shows it.
   */
  | { type: "warning"; message: string; peer?: string };

/** One member, as the list of members knows it. */
export interface MemberStatus {
  peer: string;
  /** Connected, whether or not its hello was accepted. */
  connected: boolean;
  /** Connected and accepted. */
  admitted: boolean;
  /** Reached with no relay between. */
  direct: boolean;
  /** Milliseconds since the epoch; absent if never seen. */
  lastSeen?: number;
}
