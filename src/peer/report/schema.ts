/**
 * What a run leaves behind: one report a site, written by its peer, and one for the whole mesh.
 *
 * @module
 */
import type { UnreachedAddress } from "../../mesh/events.ts";
import type { Flow, TrafficKind } from "../../mesh/protocols/traffic.ts";
import type { CaseCounts, EngineDescription, Method, RepresentationHealth } from "../events.ts";
import type { FineTuningReport } from "../fine_tuning_part.ts";
import type { CaseNames, PrivacyReport, SiteDataset, UpdatePrivacyReport, Versions } from "./site_facts.ts";

/** One round of pre-training at one site. */
export interface SiteRound {
  /** Counted from 1. */
  round: number;
  /** Duration of the round in seconds. */
  seconds: number;
  /** Mean loss of the round's local steps; null where none was finite. */
  loss: number | null;
  /** The representation after the round; null where the site keeps no probe cases. */
  health: RepresentationHealth | null;
  /** Names or peer ids of the members with whom weights were averaged. */
  partners: string[];
  /** Why with nobody, as a sentence; absent where with somebody, and in reports that are older than the others. */
  alone?: string;
  /** Relative distance of the known members' weights from their mean, as this site saw it. */
  consensus?: number;
  /** Features that the site's policy let go in this round; absent in reports that are older than the others. */
  released?: number;
}

/** One round of federated fine-tuning at one site; its loss is the supervised one. */
export interface FineTuneRound extends Omit<SiteRound, "health" | "released"> {
  /** What was fine-tuned. */
  method: Method;
}

/**
 * What became of a member in a site's run, as far as the site knows. A member that is out of reach and one that has
 * stopped look the same from outside, so neither is said of one that may only be out of reach.
 *
 * - `never`: never seen, in any run;
 * - `away`: not seen in this run;
 * - `refused`: it was turned away, or turned this site away;
 * - `silent`: connected, and no head of it has come;
 * - `here`: connected;
 * - `heard`: not connected, its heads come by way of others;
 * - `ended`: it said goodbye;
 * - `lost`: its connection is gone, without a goodbye, and nothing was heard of it since.
 */
export type MemberState = "never" | "away" | "refused" | "silent" | "here" | "heard" | "ended" | "lost";

/** Another member, as one site saw it. */
export interface MemberReport {
  /** Its libp2p peer id. */
  peerId: string;
  /** As the charter calls it; absent where members are a list of peer ids. */
  name?: string;
  /** The last round that it announced; 0 where it announced none. */
  round: number;
  /**
   * What it contributes with, its mass in averaging (training cases, in fine-tuning labelled ones and a share of the
   * others); null where it never said.
   */
  mass: number | null;
  /** Exchanges of weights with it, whoever began them. */
  exchanges: number;
  /** ISO 8601; null where it was never seen. */
  lastSeen: string | null;
  /** Whether it was connected at the end. */
  present: boolean;
  /** Rounds that it still had to do when this site had done all its own; null before. */
  behind: number | null;
  /** What became of it; absent in reports that are older than the others. */
  state?: MemberState;
  /** Why it was refused, as a sentence. */
  reason?: string;
  /** Why it was left alone for a while, as half a sentence: how often what it sent was refused, and for what. */
  paused?: string;
  /** Where it was called in vain. */
  unreached?: UnreachedAddress[];
}

/** Dice and HD95 of one test case under one method. */
export interface CaseDice {
  /** The case's id. */
  case: string;
  /** What was fine-tuned. */
  method: Method;
  /** By label name, in [0, 1]; null where neither truth nor prediction holds the class. */
  perClass: Record<string, number | null>;
  /**
   * HD95 by label name, in mm; null where neither truth nor prediction holds the class, Infinity where only one does.
   * Absent in reports that are older than the others.
   */
  hd95?: Record<string, number | null>;
}

/**
 * One axial slice of one test case, rows from anterior to posterior, columns from the patient's right to the left
 * (as radiologists look at it); every array holds `width * height` values, row-major.
 */
export interface Preview {
  /** The case's id. */
  case: string;
  /** Always axial. */
  plane: "axial";
  /** Index of the slice, counted from the inferior end. */
  slice: number;
  /** Pixels of a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Height of a pixel over its width, in mm; 1 for square pixels. */
  pixelAspect: number;
  /** Grey values, 0 to 255. */
  image: Uint8Array;
  /** Label values; null where there is none. */
  truth: Uint8Array | null;
  /** Label values that the pre-trained network predicts; null where it was not tested. */
  pretrained: Uint8Array | null;
  /** Label values that the network from scratch predicts; null where it was not tested. */
  scratch: Uint8Array | null;
}

/** All that one site reports about its run. */
export interface SiteReport {
  /** As its configuration calls it. */
  name: string;
  /** Its libp2p peer id. */
  peerId: string;
  /** What it computed with. */
  engine: EngineDescription;
  /** How many cases it had for what. */
  cases: CaseCounts;
  /** Which they are; this and the following facts of the run are absent in reports that are older than the others. */
  caseNames?: CaseNames;
  /** Whose cases they are. */
  dataset?: SiteDataset;
  /** When it was first started, ISO 8601. */
  startedAt?: string;
  /** The command that it was started by, where one is known. */
  command?: string;
  /** From which everything random was drawn. */
  seed?: number;
  /** Of the project and of what it ran on. */
  version?: Versions;
  /** Settings worth showing, by name. */
  settings?: Record<string, string | number>;
  /** What was spent of the site's privacy; null where its policy adds no noise. */
  privacy?: PrivacyReport | null;
  /** What was spent of that of its weights; null where its policy gives them no noise. */
  weightsPrivacy?: UpdatePrivacyReport | null;
  /** Wall-clock duration of the peer's run in seconds. */
  seconds: number;
  /** Largest resident memory of the peer's process. */
  peakRssBytes: number;
  /** Over the wire, as the site counted them. */
  bytes: Record<TrafficKind, Flow>;
  /** What the objective of pre-training is called, "FCL"; absent in reports that are older than the others. */
  objective?: string;
  /** Rounds of pre-training that the site was configured to do. */
  plannedRounds: number;
  /** Rounds of pre-training that it did, in order. */
  rounds: SiteRound[];
  /** The other members of the list, whether they took part or not. */
  members: MemberReport[];
  /** What was cut, since the time of the run was over: "pre-training after round 5 of 14"; absent where nothing was. */
  cut?: string[];
  /** Training loss at each fine-tuning step. */
  fineTune: Record<Method, number[]>;
  /**
   * Rounds after which fine-tuned networks were averaged; empty where each site fine-tuned by itself, absent in older
   * reports.
   */
  fineTuneRounds?: FineTuneRound[];
  /** What its part in fine-tuning was; absent in reports that are older than the others. */
  fineTuningPart?: FineTuningReport;
  /** Of every test case under each method. */
  dice: CaseDice[];
  /** Slices of some test cases. */
  previews: Preview[];
}

/** A mean over sites and its sample standard deviation (n - 1); null where there are too few sites. */
export interface SiteSpread {
  /** Over sites. */
  mean: number | null;
  /** Sample standard deviation over sites. */
  sd: number | null;
  /** How many sites went into the mean. */
  sites: number;
}

/** Dice of one method over the sites, as a whole and by label name. */
export interface MethodScore extends SiteSpread {
  /** By label name. */
  perClass: Record<string, SiteSpread>;
}

/** What the composition root knows of the run beside the sites' own reports. */
export interface RunInfo {
  /** What the run is called. */
  title: string;
  /** The exact command that repeats the run; empty where none is known. */
  command: string;
  /** ISO 8601; absent where older reports do not tell it. */
  startedAt?: string;
  /** Wall-clock duration of the whole run in seconds. */
  seconds: number;
  /** Of the project and of what it ran on; absent as {@linkcode RunInfo.startedAt}. */
  version?: Versions;
  /** From which everything random was drawn; absent also where the sites had different ones. */
  seed?: number;
  /** Which volumes. */
  dataset: {
    name: string;
    /** Label names by value, without background. */
    labels: Record<number, string>;
    /** Whether the volumes are made up by the phantom generator. */
    phantom: boolean;
  };
  /** Settings worth showing, by name: steps, patch size, labelled cases … */
  settings?: Record<string, string | number>;
  /** Sites that took part and did not come to their end, so that no figure here counts them. @default [] */
  missing?: { name: string; reason: string; peerId?: string }[];
  /** Where what was trained is kept, by what it is: "model", "encoder". @default nowhere */
  kept?: Record<string, string>;
  /** The command that shows whole volumes with their predictions. @default none */
  viewer?: string;
  /** One site's own report: it tells of the others what that site saw, and misses no report of theirs. @default false */
  isOwn?: boolean;
}

/** The part of one site in the run, from its own report or else from what the others saw of it. */
export interface SiteParticipation {
  /** Its name where it is known, else the end of its peer id. */
  name: string;
  /** Its libp2p peer id. */
  peerId: string;
  /** The last round that it finished. */
  round: number;
  /**
   * Rounds that it trained itself: fewer where it came late and took a member's state; null where it left no report.
   */
  trained: number | null;
  /** Rounds that it was to do. */
  planned: number;
  /** Its mass in averaging; null where nobody knows. */
  mass: number | null;
  /** Exchanges of weights that it took part in, as it counted them, or else those who reported. */
  exchanges: number;
  /** ISO 8601; null where nobody saw it. */
  lastSeen: string | null;
  /** Sentences on a site that lagged, came late or vanished; empty for one that did its part in time. */
  remarks: string[];
}

/** The whole mesh: what the sites reported and what follows from it. */
export interface RunReport extends RunInfo {
  /** Number of peers that came to their end. */
  peers: number;
  /** Rounds that at least one site finished. */
  rounds: number;
  /** Sum of the processes' peaks: an upper bound on the memory in use at one time. */
  peakRssBytes: number;
  /** Bytes sent, summed over the peers (each byte counted once, at its sender). */
  bytes: Record<TrafficKind, number>;
  /** By site name. */
  engine: Record<string, EngineDescription>;
  /** What the pre-trained are called: by their objective. */
  objective: string;
  /** Mean Dice over sites. */
  dice: {
    scratch: MethodScore;
    pretrained: MethodScore;
    /** Pre-trained minus from scratch, paired within each site. */
    difference: MethodScore;
  };
  /** Mean HD95 in mm over sites, likewise, without infinite ones; absent where no site measured it. */
  hd95?: RunReport["dice"];
  /** Relative distance between the peers' weights after each round, averaged over the sites that saw it. */
  consensusDistance: { round: number; value: number }[];
  /** Every site that is known of, also those without a report. */
  participation: SiteParticipation[];
  /** What each site reported. */
  sites: SiteReport[];
}
