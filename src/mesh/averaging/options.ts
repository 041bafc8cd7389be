/**
 * What averaging is made with, what it is asked for, and what it tells.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { Layout } from "../../core/vectors.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import type { Peers, Warning } from "../protocols/peers.ts";
import type { Audit } from "../protocols/traffic.ts";
import type { ExchangeFailure } from "./failure_kinds.ts";
import type { PartnerTimes } from "./partner_times.ts";
import type { RosterSigner } from "./secure/roster.ts";
import type { AveragingSettings } from "./settings.ts";
import type { Trust } from "./trust.ts";

/** What happens while weights are averaged. */
export type AveragingEvent =
  /** Weights were averaged with `peer`. */
  | { type: "exchange"; peer: string; initiator: boolean; round: number; bytes: number; milliseconds: number }
  /** One that this peer began did not take place; a warning says more. */
  | { type: "exchange-failed"; peer: string; reason: ExchangeFailure }
  | Warning;

/** Options of `Averaging.comeBack()`. */
export interface ComeBackOptions {
  /** Ends it: it throws the signal's reason. */
  signal?: AbortSignal;
  /** A sketch of this peer's vector as it is now. */
  own: Float32Array;
  /** Those of the members that are believed at all, by their peer ids, as they have announced them last. */
  members: readonly { readonly peer: string; readonly sketch: Float32Array }[];
  /** Makes such a sketch of a vector. */
  sketchOf: (vector: Float32Array) => Float32Array;
}

/** Options of `Averaging.exchange()`. */
export interface ExchangeOptions {
  /** Ends the exchange: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Peer ids of members to leave out, such as those that this round has been averaged with already. @default [] */
  exclude?: readonly string[];
}

/** Options of `Averaging.initialise()`. */
export interface InitialiseOptions {
  /**
   * Names the order and shapes of what the vector holds (a digest); only equal layouts are averaged. Members with
   * another one are left alone: a run may average several trainings, one after another, each with a layout of its own.
   */
  layout: string;
  /** Names and shapes of the tensors in the vector, for compressors that make use of them. @default [] */
  tensors?: Layout;
  /** The weight of this site, such as its number of training cases; it stays with the site. */
  mass: number;
  /** The round that the vector belongs to. */
  round: number;
  /**
   * Over one-way links: what the site held of all masses when the vector was its own ({@linkcode Snapshot.weight}).
   *
   * @default its mass
   */
  weight?: number;
}

/** What `Averaging` works with. */
export interface AveragingOptions {
  /** The members that are connected. */
  peers: Peers;
  /** This peer, by its id; its key signs what it says of itself in secure sums. */
  identity: { readonly peerId: string } & Partial<RosterSigner>;
  /** The consortium's name. */
  consortium: string;
  /** All members now, this peer among them or not. */
  members: () => readonly string[];
  /** With whom and how, as all members have it. */
  averaging: Readonly<Required<AveragingSettings>>;
  /** How long planned partners that have not come to a step yet are waited for, in milliseconds. */
  patience: number;
  /** Draws partners and waits. */
  rng: Rng;
  /** Longest wait for one answer or one piece, in milliseconds. */
  stepTimeout: number;
  /** Told, and awaited, before weights leave. */
  audit: Audit;
  /** Where the pieces of broken transfers wait. @default a place of its own */
  kept?: KeptPieces;
  /** By which it is judged what members send. @default all that has the right form is believed */
  trust?: Trust;
  /** How long exchanges may take. @default what `stepTimeout` allows, or the others' pace */
  times?: PartnerTimes;
  /** Told of what happens. */
  emit: (event: AveragingEvent) => void;
}
