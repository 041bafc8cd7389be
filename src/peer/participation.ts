/**
 * What one site sees of the others' part in a run: how far they are, what they contribute, when they were last heard
 * of.
 *
 * @module
 */
import type { MeshEvent } from "../mesh/events.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { MemberReport, MemberState } from "./report/schema.ts";

/** Milliseconds for which the last heads of a member that is lost may still come by way of others. */
const STRAGGLING = 5_000;

/** What {@linkcode Participation} looks at. */
export type ParticipationSource = Pick<Mesh, "heads" | "members">;

/** Options of {@linkcode Participation}. */
export interface ParticipationOptions {
  /** Rounds of pre-training: those of later trainings, which are counted on, are passed over. @default all */
  rounds?: number;
  /** What earlier lives of this site have seen. @default [] */
  earlier?: readonly MemberReport[];
}

/** One site's view of the other members. */
export class Participation {
  readonly #mesh: ParticipationSource;
  readonly #earlier: ReadonlyMap<string, MemberReport>;
  readonly #rounds: number;
  readonly #exchanges = new Map<string, number>();
  /**
   * The last head of each, paused or not: its round, and when it came, milliseconds since the epoch; by way of others,
   * too.
   */
  readonly #heard = new Map<string, { round: number; at: number }>();
  /** What became of those who are not connected, in this life. */
  readonly #fates = new Map<string, { state: MemberState; reason?: string; since: number }>();
  #behind = new Map<string, number>();

  constructor(mesh: ParticipationSource, { rounds = Infinity, earlier = [] }: ParticipationOptions = {}) {
    this.#mesh = mesh;
    this.#rounds = rounds;
    this.#earlier = new Map(earlier.map((member) => [member.peerId, member]));
  }

  /** Takes note of an event of the mesh. */
  note(event: MeshEvent, now: number = Date.now()): void {
    if (event.type === "exchange") this.#exchanges.set(event.peer, (this.#exchanges.get(event.peer) ?? 0) + 1);
    if (event.type === "peer-joined") this.#fates.delete(event.peer);
    const become = (peer: string, state: MemberState, reason?: string) =>
      this.#fates.set(peer, { state, since: now, ...(reason !== undefined && { reason }) });
    if (event.type === "peer-left") become(event.peer, event.goodbye ? "ended" : "lost");
    if (event.type === "peer-refused") become(event.peer, "refused", event.reason);
    if (event.type !== "head") return;
    this.#heard.set(event.peer, { round: event.round, at: now });
    const { state, since } = this.#fates.get(event.peer) ?? { state: "lost", since: -Infinity };
    if (state === "lost" && now - since > STRAGGLING) become(event.peer, "heard");
  }

  /** Whether no other member has been met so far, in this life or an earlier one, although there are others. */
  isAlone(): boolean {
    const members = this.report();
    return members.length > 0 && members.every(({ state, exchanges, round }) => {
      return (state === "never" || state === "away" || state === "refused") && exchanges + round === 0;
    });
  }

  /** This site has done all its `rounds`: how many are each of the others behind? */
  finish(rounds: number): void {
    this.#behind = new Map(this.report().map(({ peerId, round }) => [peerId, Math.max(0, rounds - round)]));
  }

  /** Every member but this site, in the order of the list of members. */
  report(): MemberReport[] {
    const heads = this.#mesh.heads();
    return this.#mesh.members().map(({ peer, admitted, lastSeen = 0, unreached, conduct }) => {
      const head = heads.get(peer);
      const heard = this.#heard.get(peer);
      const earlier = this.#earlier.get(peer);
      const paused = conduct?.reason ?? earlier?.paused;
      const seen = Math.max(lastSeen, heard?.at ?? 0, earlier?.lastSeen ? Date.parse(earlier.lastSeen) : 0);
      return {
        peerId: peer,
        round: Math.min(this.#rounds, Math.max(head?.round ?? heard?.round ?? 0, earlier?.round ?? 0)),
        mass: head?.mass ?? earlier?.mass ?? null,
        exchanges: (this.#exchanges.get(peer) ?? 0) + (earlier?.exchanges ?? 0),
        lastSeen: seen > 0 ? new Date(seen).toISOString() : null,
        present: admitted,
        behind: this.#behind.get(peer) ?? earlier?.behind ?? null,
        ...this.#fateOf(peer, { admitted, seen }),
        ...(paused !== undefined && { paused }),
        ...(unreached && !admitted && { unreached }),
      };
    });
  }

  #fateOf(
    peer: string,
    { admitted, seen }: { admitted: boolean; seen: number },
  ): Pick<MemberReport, "state" | "reason"> {
    if (admitted) return { state: this.#heard.has(peer) ? "here" : "silent" };
    const { state, reason } = this.#fates.get(peer) ?? { state: seen > 0 ? "away" : "never" };
    return { state, ...(reason !== undefined && { reason }) };
  }
}
