/** Relays for a schedule, drawn from its seed: members that reach each other only through one that relays. */
import { Rng } from "../../../src/core/rng.ts";
import type { CircuitLimits } from "./_circuit.ts";
import type { Fault, Schedule } from "./_schedule.ts";

/** Who relays for whom. */
export interface RelayPlan {
  /** The site that carries the others' connections. */
  relay: number;
  /** Sites that nobody can call. */
  hidden: readonly number[];
  /** What it allows of a connection. */
  limits?: CircuitLimits;
  /** Whether those are told of it; else they ask whom they have called, when nobody has called them for a while. */
  isConfigured: boolean;
}

/** `schedule`, with two sites or more that reach each other only through another, for some of three sites or more. */
export function withRelay(schedule: Schedule): Schedule {
  const { seed, sites, stormy } = schedule, count = sites.length;
  const rng = new Rng(seed).fork("relay");
  // one that is astray needs two that agree, and see each other
  const isOther = schedule.faults.some(({ type }) => type === "astray");
  if (count < 3 || isOther || !rng.chance(0.25)) return schedule;
  // whoever relays belongs all the time, or the others would never hear of an amendment
  const belongs = (i: number) => schedule.charter?.members.every((version) => version.includes(i)) ?? true;
  const mixed = rng.shuffle(sites.map((_, i) => i));
  const relay = mixed.find(belongs);
  if (relay === undefined) return schedule;
  const others = mixed.filter((i) => i !== relay);
  const hidden = others.slice(0, rng.chance(0.5) ? 2 : others.length);
  const limits = rng.chance(0.4)
    ? { bytes: 1_024 * rng.pick([64, 128, 512]), seconds: rng.pick([60, 120]) }
    : undefined;
  const crash: Fault[] = schedule.faults.length > 0 && rng.chance(0.7)
    ? [{
      ...{ type: "kill", at: stormy * rng.uniform(0.3, 1), lasts: rng.uniform(200, 5_000), site: relay },
      machine: rng.chance(0.5),
    }]
    : [];
  return {
    ...schedule,
    faults: [...schedule.faults, ...crash],
    relaying: { ...{ relay, hidden, isConfigured: rng.chance(0.5) }, ...(limits && { limits }) },
  };
}
