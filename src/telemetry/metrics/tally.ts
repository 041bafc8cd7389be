/**
 * What a peer's events come to, counted and kept as they come: a fold that needs no library, and no time but the
 * events' own.
 *
 * @module
 */
import { shortPeerId } from "../../display/formats/peer_id.ts";
import type { Method, PeerEvent, Phase, RepresentationHealth } from "../../peer/events.ts";
import { type TrainingName, trainingOfMethod, trainingOfPhase } from "../training_names.ts";

type Of<T extends PeerEvent["type"]> = Extract<PeerEvent, { type: T }>;

/** Of one training, in this life of the peer. */
export interface TrainingTally {
  /** Rounds that ended. */
  rounds: number;
  /** The round that ended last, and how many there will be. */
  round?: number;
  planned?: number;
  /** Steps that were done. */
  steps: number;
  /** The step that was told last, of how many. */
  step?: number;
  of?: number;
  perSecond?: number;
  /** Of the step that was told last. */
  loss?: number;
  /** Mean over the round that ended last. */
  roundLoss?: number;
  /** See `consensus` of a round. */
  distance?: number;
}

/** Exchanges of weights with one member. */
export interface ExchangeTally {
  /** Those that this peer began. */
  begun: number;
  /** Those that the member began. */
  answered: number;
  bytes: number;
  milliseconds: number;
  /** When the last one ended, milliseconds since the epoch. */
  last: number;
}

/** Dice of the test cases so far, by structure. */
export interface DiceTally {
  cases: number;
  structures: Map<string, { sum: number; cases: number }>;
}

/** One peer's events, summed up. */
export class Tally {
  /** When the peer was in the mesh with all it needs, and what it said of itself. */
  started?: Of<"started">;
  /** The stage that it told something of last. */
  phase?: Phase;
  /** Of the round that ended last and measured it. */
  health?: RepresentationHealth;
  /** How long the run took, in seconds, once it is over. */
  finished?: number;
  /** Rounds in which weights were averaged with some member, and with none. */
  readonly averaged = { some: 0, none: 0 };
  readonly trainings: Map<TrainingName, TrainingTally> = new Map();
  readonly dice: Map<Method, DiceTally> = new Map();
  /** By peer id. */
  readonly exchanges: Map<string, ExchangeTally> = new Map();
  /** Exchanges that failed, by reason. */
  readonly failures: Map<Of<"exchange-failed">["reason"], number> = new Map();
  /** Peers that were turned away or turned this one away, by kind of reason. */
  readonly refusals: Map<NonNullable<Of<"member">["kind"]>, number> = new Map();
  /** Members that the mesh has lost in a split, by peer id. */
  readonly missing: Set<string> = new Set();
  splits = 0;
  warnings = 0;
  readonly #names = new Map<string, string>();

  /** A member's name where the charter has one, else the end of its id, as in the log. */
  nameOf(peerId: string): string {
    return this.#names.get(peerId) ?? shortPeerId(peerId);
  }

  /** Takes in an event. */
  note(event: PeerEvent): void {
    switch (event.type) {
      case "started":
        this.started = event;
        return;
      case "names":
        return this.#noteNames(event.names);
      case "progress":
        return this.#noteProgress(event);
      case "round":
        return this.#noteRound(event);
      case "dice":
        return this.#noteDice(event);
      case "exchange":
        return this.#noteExchange(event);
      case "exchange-failed":
        return countUp(this.failures, event.reason);
      case "member":
        if (event.state === "joined") this.missing.delete(event.remote);
        if (event.kind !== undefined) countUp(this.refusals, event.kind);
        return;
      case "split":
        this.splits++;
        return event.missing.forEach((peer) => this.missing.add(peer));
      case "healed":
        return event.peers.forEach((peer) => this.missing.delete(peer));
      case "warning":
        this.warnings++;
        return;
      case "finished":
        this.finished = event.seconds;
        return;
    }
  }

  /** Two members of one name are told apart by their ids. */
  #noteNames(names: Readonly<Record<string, string>>): void {
    for (const [peerId, name] of Object.entries(names)) {
      const isTaken = Object.entries(names).some(([other, its]) => other !== peerId && its === name);
      this.#names.set(peerId, isTaken ? `${name} ${shortPeerId(peerId)}` : name);
    }
  }

  #training(name: TrainingName): TrainingTally {
    const training = this.trainings.get(name) ?? { rounds: 0, steps: 0 };
    this.trainings.set(name, training);
    return training;
  }

  #noteProgress({ phase, step, steps, loss, perSecond }: Of<"progress">): void {
    this.phase = phase;
    const name = trainingOfPhase(phase);
    if (name === undefined) return;
    const training = this.#training(name);
    // the first step of a life is told always; a round that is repeated goes back
    training.steps += training.step === undefined || step <= training.step ? 1 : step - training.step;
    Object.assign(training, { step, of: steps, loss, perSecond });
  }

  #noteRound({ method, round, rounds, loss, health, partners, consensus }: Of<"round">): void {
    const training = this.#training(trainingOfMethod(method));
    training.rounds++;
    Object.assign(training, { round, planned: rounds, roundLoss: loss ?? undefined, distance: consensus });
    if (health) this.health = health;
    this.averaged[partners.length > 0 ? "some" : "none"]++;
  }

  #noteDice({ method, perClass }: Of<"dice">): void {
    const dice = this.dice.get(method) ?? { cases: 0, structures: new Map() };
    this.dice.set(method, dice);
    dice.cases++;
    for (const [structure, value] of Object.entries(perClass)) {
      const { sum, cases } = dice.structures.get(structure) ?? { sum: 0, cases: 0 };
      if (value !== null) dice.structures.set(structure, { sum: sum + value, cases: cases + 1 });
    }
  }

  #noteExchange({ remote, initiator, bytes, milliseconds, time }: Of<"exchange">): void {
    const { exchanges } = this;
    const before = exchanges.get(remote) ?? { begun: 0, answered: 0, bytes: 0, milliseconds: 0, last: 0 };
    exchanges.set(remote, {
      begun: before.begun + (initiator ? 1 : 0),
      answered: before.answered + (initiator ? 0 : 1),
      bytes: before.bytes + bytes,
      milliseconds: before.milliseconds + milliseconds,
      last: time,
    });
  }
}

function countUp<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
