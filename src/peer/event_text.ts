/**
 * The words for events, alike for bars, lines and pages.
 *
 * @module
 */
import type { Method, PeerEvent, Phase, RepresentationHealth } from "./events.ts";
import { meanOf } from "../display/statistics.ts";
import { formatCount } from "../display/formats/count.ts";
import { formatDice } from "../display/formats/dice.ts";
import { formatDuration } from "../display/formats/duration.ts";
import { formatNumber } from "../display/formats/number.ts";
import { printable } from "../display/formats/printable.ts";
import { shortPeerId, withNames } from "../display/formats/peer_id.ts";

type Of<T extends PeerEvent["type"]> = Extract<PeerEvent, { type: T }>;

/** How much a line matters. */
export type Level = "info" | "warning";

/** How much `event` matters. */
export const levelOf = ({ type }: Pick<PeerEvent, "type">): Level =>
  type === "warning" || type === "split" ? "warning" : "info";

/** What a peer does in each phase. */
export const PHASES: Readonly<Record<Phase, string>> = {
  check: "checking labels",
  prepare: "preparing",
  pretrain: "pre-training",
  scratch: "from scratch",
  pretrained: "from pre-training",
  predict: "predicting",
};

const METHODS: readonly (readonly [Method, string])[] = [["scratch", "from scratch"], [
  "pretrained",
  "from pre-training",
]];

/** "0:42", "12:05", "1:02:07"; from milliseconds, for lines that stand under each other. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** "3.2/s", or "0.25/s" for what is slow; empty where nothing has been done yet. */
export function rateText(perSecond: number): string {
  return Number.isFinite(perSecond) && perSecond > 0 ? `${formatNumber(perSecond, 2)}/s` : "";
}

/** "12 s left"; empty where it cannot be told. */
export function leftText({ step, steps, perSecond }: Of<"progress">): string {
  const seconds = (steps - step) / perSecond;
  return Number.isFinite(seconds) && seconds > 0 ? `${formatDuration(seconds)} left` : "";
}

/** "loss 1.234"; empty where there is none. */
export function lossText(loss: number | undefined): string {
  return loss === undefined ? "" : `loss ${Number.isFinite(loss) ? loss.toFixed(3) : "not finite"}`;
}

function extensionText({ url, digest, variants }: Of<"extension">): string {
  const bytes = digest === null ? "" : ` (SHA-256 ${digest})`;
  return `runs the extension ${url}${bytes}${variants.length === 0 ? "" : `, which adds ${variants.join(", ")}`}`;
}

function startedText({ engine, cases, resumedFrom }: Of<"started">): string {
  const threads = formatCount(engine.threads, "thread");
  const resumed = resumedFrom === undefined ? "" : `, goes on after round ${resumedFrom}`;
  return `${engine.name} engine (${
    [engine.detail, threads, `${engine.gflops.toFixed(1)} GFLOP/s`].filter(Boolean).join(", ")
  }), ${cases.training} training, ` +
    `${cases.labelled} labelled, ${cases.probe} probe, ${cases.test} test cases${resumed}`;
}

function healthText(health: RepresentationHealth | null): string[] {
  if (health === null) return [];
  const { neighbourAccuracy, chance, effectiveRank, meanCosine, collapsed } = health;
  return [
    `accuracy ${formatNumber(neighbourAccuracy, 2)} (chance ${formatNumber(chance, 2)})`,
    `rank ${formatNumber(effectiveRank, 3)}`,
    `cosine ${formatNumber(meanCosine, 2)}${collapsed ? " (collapsed)" : ""}`,
  ];
}

function roundText(event: Of<"round">, nameOf: NameOf): string {
  const { method, round, rounds, loss, health, partners, alone, consensus } = event;
  return [
    `${method ? `${PHASES[method]}, ` : ""}round ${round}/${rounds}`,
    lossText(loss ?? undefined),
    ...healthText(health),
    ...(consensus === undefined ? [] : [`distance ${formatNumber(consensus, 2)}`]),
    partners.length === 0
      ? `averaged with nobody${alone ? `: ${alone}` : ""}`
      : `averaged with ${partners.map(nameOf).join(", ")}`,
  ].join("  ");
}

type NameOf = (peerId: string) => string;

/** Turns events into lines; remembers names by peer id, and Dice. */
export class EventText {
  readonly #names: Map<string, string>;
  readonly #dice = new Map<string, Map<Method, (number | null)[]>>();

  constructor(names: ReadonlyMap<string, string> = new Map()) {
    this.#names = new Map([...names].map(([peerId, name]) => [peerId, printable(name)]));
  }

  /** A peer's name where it is known, the end of its id otherwise. */
  readonly nameOf: NameOf = (peerId) => this.#names.get(peerId) ?? printable(shortPeerId(peerId));

  /** Takes note of `event`; call once for each. */
  note(event: PeerEvent): void {
    if (event.type === "names") {
      for (const [peerId, name] of Object.entries(event.names)) this.#names.set(peerId, printable(name));
    }
    if (event.type === "started") this.#names.set(event.peerId, printable(event.peer));
    if (event.type !== "dice") return;
    const of = this.#dice.get(event.peer) ?? new Map<Method, (number | null)[]>();
    of.set(event.method, [...(of.get(event.method) ?? []), meanOf(Object.values(event.perClass))]);
    this.#dice.set(event.peer, of);
  }

  /** The line that `event` is worth, without its peer; undefined for progress and single cases. */
  line(event: PeerEvent): string | undefined {
    switch (event.type) {
      case "extension":
        return printable(extensionText(event));
      case "started":
        return printable(startedText(event));
      case "plan":
        return `plan of ${formatCount(event.sites, "site")}: ${printable(event.plan)}`;
      case "member": {
        const reason = event.reason ? `: ${printable(event.reason)}` : "";
        return `${this.nameOf(event.remote)} ${event.state}${reason}`;
      }
      case "split":
        return `the mesh has split: ${event.missing.map(this.nameOf).join(", ")} out of reach`;
      case "healed":
        return `the mesh is whole again: ${event.peers.map(this.nameOf).join(", ")} back`;
      case "round":
        return printable(withNames(roundText(event, this.nameOf), this.#names));
      case "note":
      case "warning":
        return printable(withNames(event.message, this.#names));
      case "kept":
        return printable(`${event.what} in ${event.path}`);
      case "finished":
        return [`finished in ${formatDuration(event.seconds)}`, ...this.#scores(event.peer)].join("  ");
    }
  }

  #scores(peer: string): string[] {
    return METHODS.flatMap(([method, words]) => {
      const values = this.#dice.get(peer)?.get(method);
      return values === undefined ? [] : [`Dice ${words} ${formatDice(meanOf(values))}`];
    });
  }
}
