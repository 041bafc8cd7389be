/** What takes in a peer's events for others than the people who watch it. */
import type { PeerEvent } from "../peer/events.ts";

/** Follows one peer from its first event to its last. */
export interface Follower {
  /** Takes an event, in the order in which they come; never throws. */
  handle(event: PeerEvent): void;
  /** Lets go of what it holds; no event comes after it. */
  close(): void;
}
