/**
 * What the live page shows at one moment, as `/state` gives it as JSON.
 *
 * @module
 */
import type { CaseCounts, EngineDescription, Method, Phase } from "../../peer/events.ts";
import type { Level } from "../../peer/event_text.ts";
import type { Versions } from "../../peer/report/site_facts.ts";
import type { MemberStanding, Standing } from "../../peer/standing.ts";
import type { Point } from "./curve.ts";

/** How far a stage is; times are in milliseconds since the epoch, here and below. */
export interface StageNow {
  name: Phase;
  step: number;
  steps: number;
  /** Of the latest steps; absent where the stage has none. */
  loss?: number;
  /** Steps a second. */
  perSecond: number;
  time: number;
}

/** The latest round that ended. */
export interface RoundNow {
  /** What is fine-tuned; absent in pre-training. */
  method?: Method;
  round: number;
  rounds: number;
  partners: string[];
  time: number;
}

/** Weights that were averaged with a member. */
export interface ExchangeNow {
  /** Its peer id. */
  peer: string;
  time: number;
  /** Of the run, through all its trainings. */
  round: number;
  /** Whether this site began it. */
  initiator: boolean;
  bytes: number;
  milliseconds: number;
}

/** A member, and how it keeps up. */
export interface MemberNow extends MemberStanding {
  /** Rounds that it is behind this site; 0 where it is level or ahead. */
  behind: number;
  /** In this life of the peer. */
  lastExchange?: Omit<ExchangeNow, "peer">;
}

/** Dice coefficients of one structure under one method, as they come. */
export interface DiceNow {
  method: Method;
  structure: string;
  /** Cases that were tested, and have it. */
  cases: number;
  mean: number;
  /** Sample standard deviation; null of fewer than two. */
  sd: number | null;
  /** The latest ones. */
  values: number[];
}

/** What is drawn over steps, by phase, or over rounds, by what is trained. */
export interface CurvesNow {
  /** Over the steps of each training. */
  loss: Partial<Record<"pretrain" | Method, Point[]>>;
  /** Over the rounds of pre-training; see `Health`. */
  health: Record<"neighbourAccuracy" | "effectiveRank" | "meanCosine", Point[]>;
  /** The neighbour accuracy of guesses; null before it is known. */
  chance: number | null;
  /** Whether the representation is that of hardly anything more than one point. */
  collapsed: boolean;
  /** Of the members' weights from their mean, over the rounds of each training, relative to the mean's norm. */
  distance: Partial<Record<"pretrain" | Method, Point[]>>;
}

/** What the process takes of the machine. */
export interface UseNow {
  /** Resident memory, in bytes. */
  memory: number;
  /** Processor cores in use, on the mean since the last look. */
  cores: number;
}

/** A line of the log. */
export interface LineNow {
  time: number;
  level: Level;
  text: string;
}

/** Everything that the page shows. */
export interface Snapshot {
  /** Of this format. */
  version: 1;
  site: string;
  versions: Versions;
  time: number;
  /** When the peer was started. */
  since: number;
  /** This site's; absent before it is in the mesh, as are engine, cases and all that stands in `standing`. */
  peerId?: string;
  engine?: EngineDescription;
  cases?: CaseCounts;
  resumedFrom?: number;
  /** The sites' plan, in words. */
  plan?: string;
  ready: { data: boolean; mesh: boolean };
  stage?: StageNow;
  round?: RoundNow;
  /** Its seconds. */
  finished?: number;
  members: MemberNow[];
  /** Names by peer id, this site's own among them. */
  names: Record<string, string>;
  /** Members that went out of reach together and are not back. */
  missing: string[];
  /** The newest first. */
  exchanges: ExchangeNow[];
  curves: CurvesNow;
  dice: DiceNow[];
  standing?: Omit<Standing, "members">;
  use: UseNow;
  /** What was kept, by what it is: paths. */
  kept: Partial<Record<"model" | "encoder" | "report", string>>;
  /** The newest last. */
  log: LineNow[];
}
