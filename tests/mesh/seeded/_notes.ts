/** What a site in a virtual world tells, in all lives of its process, as far as a run is judged by it. */
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { RENEWED } from "../../../src/mesh/averaging/one_way/steps.ts";

/** One site's. */
export class SiteNotes {
  /** Those with whom it has averaged although its charter did not name them. */
  readonly strangers: string[] = [];
  /** Those whom it has paused, and why. */
  readonly paused: { peer: string; reason: string }[] = [];
  /** Exchanges that did not come to their end. */
  brokenExchanges = 0;
  /** How often it took up its mass again, over one-way links. */
  renewals = 0;
  /** Whom the charter does not name, as it has told. */
  readonly #unnamed = new Set<string>();

  /** Its process begins with a charter that names `members` of all `peers`. */
  begin(peers: readonly string[], members: readonly string[]): void {
    for (const peer of peers) members.includes(peer) ? this.#unnamed.delete(peer) : this.#unnamed.add(peer);
  }

  note(event: MeshEvent): void {
    if (event.type === "charter") {
      for (const peer of event.removed) this.#unnamed.add(peer);
      for (const peer of event.added) this.#unnamed.delete(peer);
    }
    if (event.type === "exchange" && this.#unnamed.has(event.peer)) this.strangers.push(event.peer);
    if (event.type === "exchange-failed") this.brokenExchanges++;
    if (event.type === "warning" && event.message === RENEWED) this.renewals++;
    if (event.type === "paused") this.paused.push({ peer: event.peer, reason: event.reason });
  }
}
