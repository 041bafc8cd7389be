/**
 * Who took part in a run, how much, and who lagged or vanished; pure.
 *
 * @module
 */
import { formatTime } from "../../display/formats/time.ts";
import { shortPeerId } from "../../display/formats/peer_id.ts";
import type { UnreachedAddress } from "../../mesh/events.ts";
import type { MemberReport, MemberState, RunInfo, SiteParticipation, SiteReport } from "./schema.ts";

/** Being this many rounds behind is not lagging: nobody waits for anybody, so sites are never quite level. */
export const LEVEL = 1;

const seenText = (lastSeen: string | null) => lastSeen === null ? "never seen" : `last seen ${formatTime(lastSeen)}`;

/** Addresses at which a member was called in vain that a remark names. */
const MAX_ADDRESSES = 3;

/** What a remark is made of. */
export type MemberView = Omit<MemberReport, "peerId" | "mass" | "exchanges">;

/** What became of a member; reports of before did not say it. */
function stateOf({ state, lastSeen, present }: Pick<MemberReport, "state" | "lastSeen" | "present">): MemberState {
  return state ?? (lastSeen === null ? "never" : present ? "here" : "lost");
}

function unreachedText(unreached: MemberReport["unreached"] = []): string {
  const named = unreached.slice(0, MAX_ADDRESSES).map(({ address, reason }) => `${address} (${reason})`);
  const more = unreached.length > MAX_ADDRESSES ? ` and ${unreached.length - MAX_ADDRESSES} more` : "";
  return named.length === 0 ? "" : `; it did not answer at ${named.join(", ")}${more}`;
}

/**
 * What to say of a member that has not come to its end as far as is known, without its name; undefined where it keeps
 * up. A member is said to have stopped only where that is known.
 *
 * @param planned rounds that it was to do.
 * @param hasStopped whether its process is known to have ended.
 */
export function memberRemark(
  member: MemberView,
  planned: number,
  { hasStopped = false }: { hasStopped?: boolean } = {},
): string | undefined {
  const { round, lastSeen, behind, reason, unreached } = member;
  const seen = lastSeen === null ? "" : `; ${seenText(lastSeen)}`;
  const state = stateOf(member);
  const ofPlan = `round ${round} of ${planned}`;
  switch (state) {
    case "never":
      return `was never seen${unreachedText(unreached)}`;
    case "refused":
      return `took no part${round > 0 ? ` after ${ofPlan}` : ""}: ${reason ?? "it was turned away"}`;
    case "away":
      if (round >= planned) return undefined;
      return `was not seen in this run${round > 0 ? ` after ${ofPlan}` : ""}${seen}${unreachedText(unreached)}`;
    case "silent":
      return round > 0 ? undefined : "was connected, and no round of it was heard";
    case "ended":
      return round < planned ? `left after ${ofPlan}` : undefined;
    case "lost":
      return round < planned ? `${hasStopped ? "stopped at" : "went out of reach after"} ${ofPlan}${seen}` : undefined;
  }
  if (behind !== null && behind > LEVEL) {
    return `lagged: ${behind} of ${planned} rounds were still to do when others had done all of theirs`;
  }
  return undefined;
}

/** Who knows most of a member comes first. */
const BY_KNOWLEDGE: readonly MemberState[] = ["ended", "here", "silent", "heard", "lost", "refused", "away", "never"];

/** What the sites that reported saw of one peer, taken together. */
function together(views: readonly MemberReport[]): Omit<MemberReport, "peerId"> {
  const seen = views.flatMap(({ lastSeen }) => lastSeen ?? []).sort();
  const behind = views.flatMap((view) => view.behind ?? []);
  const rank = (view: MemberReport) => BY_KNOWLEDGE.indexOf(stateOf(view));
  const [best] = [...views].sort((one, other) => rank(one) - rank(other));
  const unreached = views.flatMap((view) => view.unreached ?? []);
  return {
    round: Math.max(0, ...views.map(({ round }) => round)),
    mass: views.find(({ mass }) => mass !== null)?.mass ?? null,
    exchanges: views.reduce((sum, { exchanges }) => sum + exchanges, 0),
    lastSeen: seen.at(-1) ?? null,
    present: false,
    behind: behind.length === 0 ? null : Math.max(...behind),
    state: best ? stateOf(best) : "never",
    ...(best?.reason !== undefined && { reason: best.reason }),
    ...(unreached.length > 0 && { unreached: unreached.filter(isFirstOfIts) }),
  };
}

/** What to say of a member that sites paused; empty where none did. */
function pausedRemarks(name: string, views: readonly MemberReport[]): string[] {
  const reasons = views.flatMap(({ paused }) => paused ?? []);
  if (reasons.length === 0) return [];
  const by = reasons.length === 1 ? "a site" : `${reasons.length} sites`;
  return [`${name} was left alone by ${by} for a while: ${reasons[0]}`];
}

const isFirstOfIts = ({ address }: UnreachedAddress, i: number, all: readonly UnreachedAddress[]) =>
  all.findIndex((other) => other.address === address) === i;

/** A site that left a report: its own figures, and when it lagged or came late. */
function reported(site: SiteReport, views: readonly MemberReport[]): SiteParticipation {
  const { name, peerId, rounds, plannedRounds: planned, members } = site;
  const { lastSeen, behind } = together(views);
  const trained = rounds.length;
  const round = Math.max(0, ...rounds.map((line) => line.round));
  const lagged = views.length > 0 &&
    memberRemark({ round, lastSeen: lastSeen ?? "", present: true, behind, state: "here" }, planned);
  return {
    ...{ name, peerId, round, trained, planned, lastSeen },
    mass: site.cases.training,
    exchanges: members.reduce((sum, { exchanges }) => sum + exchanges, 0),
    remarks: [
      ...(trained < planned ? [`${name} trained ${trained} of ${planned} rounds itself`] : []),
      ...(lagged ? [`${name} ${lagged}`] : []),
      ...pausedRemarks(name, views),
    ],
  };
}

/** A site that left none: what the others saw of it. */
function unreported(
  peerId: string,
  { name, views, planned, hasStopped, isMissed }: {
    name: string;
    views: readonly MemberReport[];
    planned: number;
    hasStopped: boolean;
    /** Whether a report of it should be there. */
    isMissed: boolean;
  },
): SiteParticipation {
  const seen = { ...together(views), behind: null };
  const { round, mass, exchanges, lastSeen } = seen;
  const remark = memberRemark(seen, planned, { hasStopped }) ??
    (isMissed ? `left no report after round ${round}; ${seenText(lastSeen)}` : undefined);
  const remarks = [...(remark === undefined ? [] : [`${name} ${remark}`]), ...pausedRemarks(name, views)];
  return { name, peerId, round, trained: null, planned, mass, exchanges, lastSeen, remarks };
}

/** What members are called: by the sites themselves, by those who miss them, or by the charter. */
export function namesOf(
  sites: readonly SiteReport[],
  missing: RunInfo["missing"] = [],
): ReadonlyMap<string, string> {
  return new Map([
    ...sites.flatMap(({ members }) => members).flatMap(({ peerId, name }) =>
      name === undefined ? [] : [[peerId, name]]
    ),
    ...missing.flatMap(({ name, peerId }) => peerId === undefined ? [] : [[peerId, name]]),
    ...sites.map(({ name, peerId }) => [peerId, name]),
  ] as [string, string][]);
}

/** Every site that reported, that should have, or that another saw; the first ones first. */
export function participationOf(
  sites: readonly SiteReport[],
  { missing = [], isOwn = false }: Pick<RunInfo, "missing" | "isOwn"> = {},
): SiteParticipation[] {
  const planned = Math.max(0, ...sites.map(({ plannedRounds }) => plannedRounds));
  const viewsOf = (peerId: string) =>
    sites.flatMap(({ members }) => members.filter((member) => member.peerId === peerId));
  const names = namesOf(sites, missing);
  const stopped = new Set(missing.flatMap(({ peerId }) => peerId ?? []));
  const own = new Set(sites.map(({ peerId }) => peerId));
  const others = new Set([...stopped, ...sites.flatMap(({ members }) => members.map(({ peerId }) => peerId))]);
  return [
    ...sites.map((site) => reported(site, viewsOf(site.peerId))),
    ...[...others].filter((peerId) => !own.has(peerId)).map((peerId) =>
      unreported(peerId, {
        ...{ name: names.get(peerId) ?? shortPeerId(peerId), views: viewsOf(peerId), planned },
        ...{ hasStopped: stopped.has(peerId), isMissed: !isOwn },
      })
    ),
  ];
}
