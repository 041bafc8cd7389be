/**
 * The curves of a run, as points, from its events: a pure function of them and their own times.
 *
 * @module
 */
import type { PeerEvent } from "../../peer/events.ts";
import { trainingOfMethod, trainingOfPhase } from "../training_names.ts";

/** One point of one curve. */
export interface CurvePoint {
  /** Milliseconds since the epoch. */
  time: number;
  /** Of the training that it is of, counted from 1; absent where that has no rounds. */
  round?: number;
  /** Of the same, counted through its rounds; absent where it is of no step. */
  step?: number;
  /** The training and what was measured, as "pretraining/loss" or "pretrained/dice/spleen/case-7". */
  name: string;
  /** Finite. */
  value: number;
}

type Of<T extends PeerEvent["type"]> = Extract<PeerEvent, { type: T }>;

/** Steps of one training are told no oftener than this, in milliseconds of the events' own time. */
const PACE = 1_000;

/** Makes points of the events of one peer, in their order. */
export class CurvePoints {
  /** When a step of each training was told last, and how many steps it will have. */
  readonly #told = new Map<string, { time: number; steps: number }>();

  /** The points that `event` is worth. */
  of(event: PeerEvent): CurvePoint[] {
    switch (event.type) {
      case "progress":
        return this.#ofStep(event);
      case "round":
        return this.#ofRound(event);
      case "dice":
        return points(event, {}, `${event.method}/dice`, ofCase(event));
      default:
        return [];
    }
  }

  #ofStep({ time, phase, step, steps, round, loss, perSecond }: Of<"progress">): CurvePoint[] {
    const training = trainingOfPhase(phase);
    if (training === undefined) return [];
    const before = this.#told.get(training);
    if (before && time - before.time < PACE && step < steps) return [];
    this.#told.set(training, { time, steps });
    return points({ time }, { round, step }, training, { loss, steps_per_second: perSecond });
  }

  #ofRound({ time, method, round, rounds, loss, health, consensus, partners }: Of<"round">): CurvePoint[] {
    const training = trainingOfMethod(method);
    const steps = this.#told.get(training)?.steps;
    const step = steps === undefined ? undefined : Math.floor(steps * round / rounds);
    return points({ time }, { round, step }, training, {
      round_loss: loss,
      distance: consensus,
      partners: partners.length,
      ...(health && {
        effective_rank: health.effectiveRank,
        mean_cosine: health.meanCosine,
        neighbour_accuracy: health.neighbourAccuracy,
        chance: health.chance,
      }),
    });
  }
}

/** Dice of one case by structure and case. */
function ofCase({ case: id, perClass }: Of<"dice">): Record<string, number | null> {
  return Object.fromEntries(Object.entries(perClass).map(([structure, dice]) => [`${structure}/${id}`, dice]));
}

/** Those of `values` that are finite numbers, as points of curves below `prefix`. */
function points(
  { time }: Pick<CurvePoint, "time">,
  at: Pick<CurvePoint, "round" | "step">,
  prefix: string,
  values: Record<string, number | null | undefined>,
): CurvePoint[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === "number" && Number.isFinite(value) ? [{ time, ...at, name: `${prefix}/${name}`, value }] : []
  );
}
