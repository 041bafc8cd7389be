/**
 * What a peer's events come to, for those who watch it: a fold that an hour of events does not let grow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { LiveState } from "./live_state.ts";
 *
 * const state = new LiveState({ site: "north", since: 0 });
 * state.note({ type: "note", message: "came late", peer: "north", time: 1 });
 * assertEquals(state.snapshot({ time: 2, use: { memory: 0, cores: 0 } }).log.map(({ text }) => text), ["came late"]);
 * ```
 *
 * @module
 */
import { EventText, levelOf } from "../../peer/event_text.ts";
import type { Method, PeerEvent } from "../../peer/events.ts";
import { type Versions, versions } from "../../peer/report/site_facts.ts";
import type { Standing } from "../../peer/standing.ts";
import { Curve } from "./curve.ts";
import { Pulse } from "./pulse.ts";
import type { DiceNow, ExchangeNow, LineNow, MemberNow, RoundNow, Snapshot, StageNow, UseNow } from "./snapshot.ts";

/** What is kept of each kind, at most. */
export const MOST = Object.freeze({
  /** Lines of the log. */
  lines: 200,
  /** Characters of a line. */
  text: 500,
  /** Exchanges, the newest of all. */
  exchanges: 20,
  /** Members of whom the latest exchange is known, and names. */
  members: 1000,
  /** Structures under each method. */
  structures: 64,
  /** Dice coefficients of a structure. */
  values: 60,
});

/** What a state begins with. */
export interface LiveStateOptions {
  /** The site's name. */
  site: string;
  /** When the peer was started, in milliseconds since the epoch, as are all times. */
  since: number;
  /** @default this process's */
  versions?: Versions;
}

/** What a snapshot holds that no event tells. */
export interface Looked {
  time: number;
  use: UseNow;
  /** Absent before the peer is in the mesh. */
  standing?: Standing;
}

type Of<T extends PeerEvent["type"]> = Extract<PeerEvent, { type: T }>;
type Training = "pretrain" | Method;

/** Dice coefficients of a structure, with sums over all of them. */
interface Scores extends Pick<DiceNow, "method" | "structure" | "values"> {
  count: number;
  mean: number;
  /** The sum of squared differences to the mean (Welford, 1962). */
  squares: number;
}

/** The fold. */
export class LiveState {
  /** Whether the peer gives signs of life. */
  readonly pulse: Pulse;
  readonly #options: Required<LiveStateOptions>;
  readonly #text = new EventText();
  readonly #names = new Map<string, string>();
  readonly #loss = new Map<Training, Curve>();
  readonly #distance = new Map<Training, Curve>();
  readonly #health = { neighbourAccuracy: new Curve(), effectiveRank: new Curve(), meanCosine: new Curve() };
  readonly #dice = new Map<string, Scores>();
  readonly #lastExchanges = new Map<string, ExchangeNow>();
  #chance: number | null = null;
  #collapsed = false;
  #exchanges: ExchangeNow[] = [];
  #lines: LineNow[] = [];
  #missing = new Set<string>();
  #started: Of<"started"> | undefined;
  #plan: string | undefined;
  #stage: StageNow | undefined;
  #round: RoundNow | undefined;
  #kept: Snapshot["kept"] = {};
  #finished: number | undefined;
  /** Whether a member has been met, so that the mesh is joined. */
  #met = false;

  constructor({ site, since, versions: own = versions() }: LiveStateOptions) {
    this.#options = { site, since, versions: own };
    this.pulse = new Pulse(since);
  }

  /** Takes an event of the peer. */
  note(event: PeerEvent): void {
    this.pulse.note(event);
    if (event.type === "names" || event.type === "started") this.#text.note(event);
    this.#fold(event);
    const text = this.#text.line(event);
    if (text === undefined) return;
    this.#lines.push({ time: event.time, level: levelOf(event), text: shortened(text) });
    if (this.#lines.length > MOST.lines) this.#lines.shift();
  }

  /** What there is to see; a copy. */
  snapshot({ time, use, standing }: Looked): Snapshot {
    const { site, since, versions } = this.#options;
    const { members = [], ...rest } = standing ?? {};
    const { peerId, engine, cases, resumedFrom } = this.#started ?? {};
    return {
      ...{ version: 1, site, versions, time, since, peerId, engine, cases, resumedFrom, plan: this.#plan },
      ready: this.ready(standing),
      stage: this.#stage && { ...this.#stage },
      round: this.#round && { ...this.#round },
      finished: this.#finished,
      members: members.map((member): MemberNow => {
        const { peer: _, ...lastExchange } = this.#lastExchanges.get(member.peerId) ?? { peer: "" };
        const behind = Math.max(0, standing!.round - member.round);
        return { ...member, behind, ...("time" in lastExchange && { lastExchange }) };
      }),
      names: Object.fromEntries(this.#names),
      missing: [...this.#missing],
      exchanges: this.#exchanges.toReversed(),
      curves: {
        loss: pointsOf(this.#loss),
        health: {
          neighbourAccuracy: this.#health.neighbourAccuracy.points(),
          effectiveRank: this.#health.effectiveRank.points(),
          meanCosine: this.#health.meanCosine.points(),
        },
        chance: this.#chance,
        collapsed: this.#collapsed,
        distance: pointsOf(this.#distance),
      },
      dice: [...this.#dice.values()].map(({ method, structure, values, count, mean, squares }) => ({
        ...{ method, structure, cases: count, mean, values: [...values] },
        sd: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
      })),
      ...(standing && { standing: rest as Snapshot["standing"] }),
      use,
      kept: { ...this.#kept },
      log: [...this.#lines],
    };
  }

  /** Whether the data are read, and whether the mesh is joined: a member was met, or there is none to meet. */
  ready(standing?: Pick<Standing, "members">): Snapshot["ready"] {
    return { data: this.#started !== undefined, mesh: this.#met || standing?.members.length === 0 };
  }

  #fold(event: PeerEvent): void {
    switch (event.type) {
      case "started":
        this.#started = event;
        return keep(this.#names, event.peerId, event.peer);
      case "names":
        return Object.entries(event.names).forEach(([peer, name]) => keep(this.#names, peer, name));
      case "plan":
        this.#plan = shortened(event.plan);
        return;
      case "member":
        this.#met ||= event.state === "joined";
        return;
      case "split":
        for (const peer of event.missing.slice(0, MOST.members)) this.#missing.add(peer);
        return;
      case "healed":
        for (const peer of event.peers) this.#missing.delete(peer);
        return;
      case "exchange":
        return this.#exchanged(event);
      case "progress":
        return this.#progress(event);
      case "round":
        return this.#ended(event);
      case "dice":
        return this.#scored(event);
      case "kept":
        this.#kept[event.what] = event.path;
        return;
      case "finished":
        this.#finished = event.seconds;
        this.#stage = undefined;
        return;
    }
  }

  #exchanged({ remote: peer, time, round, initiator, bytes, milliseconds }: Of<"exchange">): void {
    const exchange = { peer, time, round, initiator, bytes, milliseconds };
    keep(this.#lastExchanges, peer, exchange);
    this.#exchanges = [...this.#exchanges, exchange].slice(-MOST.exchanges);
  }

  #progress({ phase: name, step, steps, loss, perSecond, time }: Of<"progress">): void {
    this.#stage = { name, step, steps, ...(loss !== undefined && { loss }), perSecond, time };
    if (name === "pretrain" || name === "scratch" || name === "pretrained") curveOf(this.#loss, name).add(step, loss);
  }

  #ended({ method, round, rounds, partners, time, health, consensus }: Of<"round">): void {
    this.#round = { ...(method && { method }), round, rounds, partners: partners.slice(0, MOST.members), time };
    curveOf(this.#distance, method ?? "pretrain").add(round, consensus);
    if (health === null) return;
    this.#chance = health.chance;
    this.#collapsed = health.collapsed;
    this.#health.neighbourAccuracy.add(round, health.neighbourAccuracy);
    this.#health.effectiveRank.add(round, health.effectiveRank);
    this.#health.meanCosine.add(round, health.meanCosine);
  }

  #scored({ method, perClass }: Of<"dice">): void {
    for (const [structure, value] of Object.entries(perClass).slice(0, MOST.structures)) {
      if (value === null || !Number.isFinite(value)) continue;
      const key = `${method} ${structure}`;
      let scores = this.#dice.get(key);
      if (!scores) {
        if (this.#dice.size >= 2 * MOST.structures) continue;
        this.#dice.set(key, scores = { method, structure, values: [], count: 0, mean: 0, squares: 0 });
      }
      scores.count++;
      const difference = value - scores.mean;
      scores.mean += difference / scores.count;
      scores.squares += difference * (value - scores.mean);
      scores.values = [...scores.values, value].slice(-MOST.values);
    }
  }
}

const shortened = (text: string) => text.length > MOST.text ? `${text.slice(0, MOST.text - 1)}…` : text;

/** Puts `value` at `key`; of too many keys the one that was there first goes. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size > MOST.members) map.delete(map.keys().next().value!);
}

function curveOf(curves: Map<Training, Curve>, of: Training): Curve {
  const curve = curves.get(of) ?? new Curve();
  curves.set(of, curve);
  return curve;
}

function pointsOf(curves: ReadonlyMap<Training, Curve>) {
  return Object.fromEntries([...curves].map(([of, curve]) => [of, curve.points()]));
}
