/**
 * What a peer tells the outside while it runs: one stream, for the log and the progress display. The report is made of
 * what each peer writes at its end (`report/json.ts`).
 *
 * @module
 */
import type { RefusalKind } from "../mesh/admission/refusal_kind.ts";
import type { ExchangeFailure } from "../mesh/averaging/failure_kinds.ts";
import type { Health } from "../pretraining/health.ts";
import type { Extension } from "./extensions.ts";

/** What a site has, counted in cases. */
export interface CaseCounts {
  /** To pre-train with; labelled ones count, too. */
  training: number;
  /** To fine-tune with. */
  labelled: number;
  /** To measure the representation on. */
  probe: number;
  /** To test on. */
  test: number;
}

/** The health of the representation on volumes kept out of training. */
export type RepresentationHealth = Omit<Health, "rows">;

/** The tensor engine a peer computes with. */
export interface EngineDescription {
  /** Its name among the engines. */
  name: string;
  /** Processor threads that compute. */
  threads: number;
  /** Library, instruction set or adapter, for people. */
  detail: string;
  /** Measured at the start, a convolution forward and backward. */
  gflops: number;
  /** The engines that computed before it, first to last, until each lost its device. */
  lost?: { name: string; reason: string }[];
}

/**
 * The stages that show a progress bar; a step of "check" is a label file, one of "prepare" a case, one of "predict" a
 * window of a case.
 */
export type Phase = "check" | "prepare" | "pretrain" | "scratch" | "pretrained" | "predict";

/** How a network was initialised before fine-tuning. */
export type Method = "scratch" | "pretrained";

/** An event as its producer writes it, before the peer's name and the time are added. */
export type PeerEventBody =
  /** Code from elsewhere that the peer runs. */
  | ({ type: "extension" } & Extension)
  | { type: "started"; peerId: string; engine: EngineDescription; cases: CaseCounts; resumedFrom?: number }
  /** The names of members by peer id, as the charter has them. */
  | { type: "names"; names: Record<string, string> }
  /** The sites have planned together; `sites`: how many of them have said something. */
  | { type: "plan"; plan: string; sites: number }
  | {
    type: "member";
    remote: string;
    state: "joined" | "left" | "refused";
    /** A sentence, of who was refused. */
    reason?: string;
    /** What it is about. */
    kind?: RefusalKind;
  }
  /** Weights were averaged with a member; `round` is of the run, through all its trainings. */
  | { type: "exchange"; remote: string; round: number; initiator: boolean; bytes: number; milliseconds: number }
  /** One that this peer began did not take place; a warning says more. */
  | { type: "exchange-failed"; remote: string; reason: ExchangeFailure }
  /** Members that were there are out of reach: the mesh may have split. */
  | { type: "split"; missing: string[] }
  /** Members that were out of reach are back. */
  | { type: "healed"; peers: string[] }
  | {
    type: "progress";
    phase: Phase;
    step: number;
    steps: number;
    loss?: number;
    perSecond: number;
    /** Absent where the stage has no rounds. */
    round?: number;
  }
  | {
    type: "round";
    /** What is fine-tuned; absent in pre-training. */
    method?: Method;
    round: number;
    rounds: number;
    /** Mean over the round's steps; null where none was finite. */
    loss: number | null;
    /** Null where the site keeps no probe cases, and in fine-tuning. */
    health: RepresentationHealth | null;
    /** The members with whom weights were averaged in this round. */
    partners: string[];
    /** Why with nobody, as a sentence. */
    alone?: string;
    /** Distance of the known members' weights from their mean, relative to the mean's norm. */
    consensus?: number;
  }
  | { type: "dice"; method: Method; case: string; perClass: Record<string, number | null> }
  /** Something out of the ordinary that is as it should be. */
  | { type: "note"; message: string }
  | { type: "warning"; message: string }
  /** Something of the results is in its place, for the last lines. */
  | { type: "kept"; what: "model" | "encoder" | "report"; path: string }
  | { type: "finished"; seconds: number };

/** One event; `peer` is the site's name, `time` is in milliseconds since the epoch. */
export type PeerEvent = PeerEventBody & { peer: string; time: number };
