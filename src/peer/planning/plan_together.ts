/**
 * The phase before the first round in which sites plan together: a mesh of its own, on which each says one thing, until
 * there is a plan. With it the peer goes on as with one that was given.
 *
 * @module
 */
import canonicalize from "canonicalize";
import { join } from "@std/path";
import { AnySignal, raceAbort } from "../../core/deadline.ts";
import type { UserError } from "../../core/errors.ts";
import { Mesh } from "../../mesh/mesh.ts";
import { PlanTalk } from "../../mesh/plans/plan_talk.ts";
import type { FixedPlan } from "../../mesh/plans/protocol.ts";
import { makeStatement, type Statement } from "../../mesh/plans/statement.ts";
import { readConsortiumPlan } from "../../planning/consortium_plan.ts";
import { workOf } from "../../planning/size.ts";
import { PLANNING } from "../../planning/table.ts";
import { keyInUse, peerEvent } from "../_mesh_events.ts";
import { type Membership, readMembership } from "../_membership.ts";
import { AuditLog } from "../audit/audit_log.ts";
import type { PeerConfiguration } from "../configuration.ts";
import type { PeerEventBody } from "../events.ts";
import { ANY_PLAN, planIn, type PlanningConfiguration } from "../planning_configuration.ts";
import { OF_THE_PLANNED, ONE_SIDED, planningSettings } from "../shared_settings.ts";
import { keepPlan, type KeptPlan, readKeptPlan } from "./kept_plan.ts";
import { ownFingerprint } from "./own_fingerprint.ts";
import { planOf, readSays, type Says, termsOf } from "./says.ts";

/** Of the minutes, what waiting for others' fingerprints may take. */
const HALF = 0.5;

/** The longest time of a timer, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How {@linkcode planTogether} is followed and ended. */
export interface PlanTogetherOptions {
  emit: (event: PeerEventBody) => void;
  signal?: AbortSignal;
}

/**
 * The configuration with the sites' plan: the one that is kept, or that members have, or that is made with them.
 *
 * @throws {UserError} if data or what is kept is at fault, or what the sites say allows no plan.
 */
export async function planTogether(
  configuration: PlanningConfiguration,
  { emit, signal }: PlanTogetherOptions,
): Promise<PeerConfiguration> {
  const { stateDirectory } = configuration;
  const provisional = configuration.withPlan(ANY_PLAN);
  const membership = await readMembership(provisional);
  const kept = await readKeptPlan(stateDirectory, underOf(provisional, membership));
  const own = kept?.own ?? await ownStatement(configuration, membership, { emit, signal });
  if (!kept) await keepPlan(stateDirectory, underOf(provisional, membership), { own });
  const fixed = kept?.fixed ?? await settleWithOthers(provisional, { membership, own, emit, signal });
  const planned = configuration.withPlan(readConsortiumPlan(fixed.plan));
  emit({ type: "plan", sites: fixed.basis.length, plan: planText(planned) });
  return { ...planned, engine: configuration.engine };
}

/** What a mesh is given by a site that goes by a plan, so that those who come late can take it over. */
export async function plannedTalk(configuration: PeerConfiguration, membership: Membership): Promise<PlanTalk> {
  const { stateDirectory } = configuration;
  const plan = planIn(configuration);
  const kept = await readKeptPlan(stateDirectory, underOf(configuration, membership));
  if (kept?.fixed && canonicalize(kept.fixed.plan) === canonicalize(plan)) {
    return talkOf(configuration, membership, { own: kept.own, fixed: kept.fixed });
  }
  const own = await makeStatement(membership.identity, membership.consortium, { plan } satisfies Says);
  return talkOf(configuration, membership, { own, fixed: { plan, basis: [own] } });
}

function underOf(configuration: PeerConfiguration, { consortium }: Membership) {
  return { consortium, terms: termsOf(configuration) };
}

/**
 * Seconds after a peer's start when its training is to end, so that its tests end within the minutes; undefined: there
 * is no such time.
 */
export async function trainingSeconds(
  configuration: PeerConfiguration,
  membership: Membership,
): Promise<number | undefined> {
  const { schedule, plan, stateDirectory } = configuration;
  if (schedule.minutes !== undefined) return 60 * schedule.minutes;
  if (plan?.minutes === undefined) return undefined;
  const seconds = 60 * plan.minutes - PLANNING.closing;
  const kept = await readKeptPlan(stateDirectory, underOf(configuration, membership));
  const says = kept && readSays(kept.own.says);
  const speed = says && "fingerprint" in says ? says.fingerprint.speed : undefined;
  if (!speed) return (1 - PLANNING.testsShare) * seconds;
  return seconds - speed.tests * workOf(planIn(configuration)) / speed.work;
}

async function ownStatement(
  configuration: PlanningConfiguration,
  { identity, consortium }: Membership,
  { emit, signal }: PlanTogetherOptions,
): Promise<Statement> {
  const warn = (message: string) => emit({ type: "warning", message });
  const isRefused = configuration.policy.fingerprint === false;
  const says: Says = isRefused
    ? { refused: true }
    : { fingerprint: await ownFingerprint(configuration, { warn, signal }) };
  return await makeStatement(identity, consortium, says);
}

function talkOf(configuration: PeerConfiguration, membership: Membership, { own, fixed }: KeptPlan): PlanTalk {
  const under = underOf(configuration, membership);
  return new PlanTalk({
    ...{ consortium: membership.consortium, own, fixed },
    check: readSays,
    planOf: (basis) => planOf(basis.map(({ says }) => readSays(says)), under.terms),
    givesPlan: (says) => "plan" in readSays(says),
    disclosesData: (says) => "fingerprint" in readSays(says),
    keep: (fixed) => keepPlan(configuration.stateDirectory, under, { own, fixed }),
  });
}

/** What {@linkcode settleWithOthers} works with. */
interface Meeting extends PlanTogetherOptions {
  membership: Membership;
  own: Statement;
}

async function settleWithOthers(
  configuration: PeerConfiguration,
  { membership, own, emit, ...options }: Meeting,
): Promise<FixedPlan> {
  const { stateDirectory, seed, plan, mesh: { averaging: { outer: _, ...averaging }, ...settings } } = configuration;
  const ending = new AbortController();
  using either = new AnySignal(options.signal, ending.signal);
  const { signal } = either;
  const warn = (message: string) => emit({ type: "warning", message });
  const audit = new AuditLog(join(stateDirectory, "audit.jsonl"), { warn });
  const talk = talkOf(configuration, membership, { own });
  const mesh = new Mesh({
    ...{ ...settings, ...membership, averaging, stateDirectory, seed, plan: talk },
    settings: planningSettings(configuration),
    comparedIfBoth: OF_THE_PLANNED,
    oneSided: ONE_SIDED,
    audit: (record) => audit.append(record),
  });
  const { patience, minutes = Infinity } = plan!;
  const timer = setTimeout(() => talk.waitNoLonger(), Math.min(1000 * patience, HALF * 60_000 * minutes, LONGEST));
  try {
    (await audit.open()).warnings.forEach(warn);
    const forwarded = forward(mesh, { emit, end: (reason) => ending.abort(reason) });
    await mesh.start(signal);
    const fixed = await raceAbort(talk.settled, signal);
    await talk.tell();
    await mesh.stop();
    await forwarded;
    return fixed;
  } finally {
    clearTimeout(timer);
    await mesh.stop();
    await audit.close();
  }
}

async function forward(
  mesh: Mesh,
  { emit, end }: Pick<PlanTogetherOptions, "emit"> & { end: (reason: UserError) => void },
): Promise<void> {
  for await (const event of mesh.events.subscribe()) {
    if (event.type === "key-in-use") end(keyInUse(event, mesh.peerId));
    const told = peerEvent(event);
    if (told) emit(told);
  }
}

/** What people are told of a plan. */
function planText({ data, network, schedule, fineTune, plan, labelledOnly }: PeerConfiguration): string {
  const { patch, levels, baseFilters } = network;
  const { rounds, stepsPerRound } = schedule;
  const times = `; ${rounds} rounds x ${stepsPerRound} steps of pre-training, ${fineTune.steps} steps of fine-tuning` +
    (labelledOnly ? ", on labelled volumes only" : "");
  return `voxels of ${data.spacing?.join(" x ")} mm (x, y, z), patches of ${patch.join(" x ")} voxels (z, y, x), ` +
    `${levels} levels from ${baseFilters} filters, ${fineTune.batch} patches a step` +
    (plan?.minutes === undefined ? "" : times);
}
