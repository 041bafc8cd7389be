/**
 * Who took part in a run, how much, and who lagged or vanished; pure.
 *
 * @module
 */
import { formatTime } from "../../display/formats/time.ts";
import { shortPeerId } from "../../display/formats/peer_id.ts";
import type { MemberReport, RunInfo, SiteParticipation, SiteReport } from "./schema.ts";

/** Being this many rounds behind is not lagging: nobody waits for anybody, so sites are never quite level. */
const LEVEL = 1;

const seenText = (lastSeen: string | null) => lastSeen === null ? "never seen" : `last seen ${formatTime(lastSeen)}`;

/**
 * What to say of a member that has not come to its end as far as is known, without its name; undefined where it keeps
 * up.
 *
 * @param planned rounds that it was to do.
 */
export function memberRemark(
  { round, lastSeen, present, behind }: Pick<MemberReport, "round" | "lastSeen" | "present" | "behind">,
  planned: number,
): string | undefined {
  if (lastSeen === null) return "was never seen";
  if (!present && round < planned) return `stopped at round ${round} of ${planned}; ${seenText(lastSeen)}`;
  if (behind !== null && behind > LEVEL) {
    return `lagged: ${behind} of ${planned} rounds were still to do when others had done all of theirs`;
  }
  return undefined;
}

/** What the sites that reported saw of one peer, taken together. */
function together(views: readonly MemberReport[]): Omit<MemberReport, "peerId"> {
  const seen = views.flatMap(({ lastSeen }) => lastSeen ?? []).sort();
  const behind = views.flatMap((view) => view.behind ?? []);
  return {
    round: Math.max(0, ...views.map(({ round }) => round)),
    mass: views.find(({ mass }) => mass !== null)?.mass ?? null,
    exchanges: views.reduce((sum, { exchanges }) => sum + exchanges, 0),
    lastSeen: seen.at(-1) ?? null,
    present: false,
    behind: behind.length === 0 ? null : Math.max(...behind),
  };
}

/** A site that left a report: its own figures, and when it lagged or came late. */
function reported(site: SiteReport, views: readonly MemberReport[]): SiteParticipation {
  const { name, peerId, rounds, plannedRounds: planned, members } = site;
  const { lastSeen, behind } = together(views);
  const trained = rounds.length;
  const round = Math.max(0, ...rounds.map((line) => line.round));
  const lagged = views.length > 0 && memberRemark({ round, lastSeen: lastSeen ?? "", present: true, behind }, planned);
  return {
    ...{ name, peerId, round, trained, planned, lastSeen },
    mass: site.cases.training,
    exchanges: members.reduce((sum, { exchanges }) => sum + exchanges, 0),
    remarks: [
      ...(trained < planned ? [`${name} trained ${trained} of ${planned} rounds itself`] : []),
      ...(lagged ? [`${name} ${lagged}`] : []),
    ],
  };
}

/** A site that left none: what the others saw of it. */
function unreported(
  peerId: string,
  { name, views, planned }: { name: string; views: readonly MemberReport[]; planned: number },
): SiteParticipation {
  const seen = { ...together(views), behind: null };
  const { round, mass, exchanges, lastSeen } = seen;
  const remark = memberRemark(seen, planned) ?? `left no report after round ${round}; ${seenText(lastSeen)}`;
  return { name, peerId, round, trained: null, planned, mass, exchanges, lastSeen, remarks: [`${name} ${remark}`] };
}

/** Every site that reported, that should have, or that another saw; the first ones first. */
export function participationOf(
  sites: readonly SiteReport[],
  missing: RunInfo["missing"] = [],
): SiteParticipation[] {
  const planned = Math.max(0, ...sites.map(({ plannedRounds }) => plannedRounds));
  const viewsOf = (peerId: string) =>
    sites.flatMap(({ members }) => members.filter((member) => member.peerId === peerId));
  const names = new Map(missing.flatMap(({ name, peerId }) => peerId === undefined ? [] : [[peerId, name]]));
  const own = new Set(sites.map(({ peerId }) => peerId));
  const others = new Set([...names.keys(), ...sites.flatMap(({ members }) => members.map(({ peerId }) => peerId))]);
  return [
    ...sites.map((site) => reported(site, viewsOf(site.peerId))),
    ...[...others].filter((peerId) => !own.has(peerId)).map((peerId) =>
      unreported(peerId, { name: names.get(peerId) ?? shortPeerId(peerId), views: viewsOf(peerId), planned })
    ),
  ];
}
