/**
 * Where a running peer stands, for those who watch it: what is no event, because it is there at any time.
 *
 * @module
 */
import type { AuditHead } from "../mesh/anchors/audit_head.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { Flow, TrafficKind } from "../mesh/protocols/traffic.ts";
import type { AuditLine, AuditLog } from "./audit/audit_log.ts";
import type { AuditBreak } from "./audit/reading.ts";
import type { Participation } from "./participation.ts";
import type { ReleasePolicy } from "./policy/release_policy.ts";
import type { UpdatePolicy } from "./policy/update_policy.ts";
import type { MemberReport } from "./report/schema.ts";
import type { PrivacyReport, UpdatePrivacyReport } from "./report/site_facts.ts";

/** A member as this site sees it now. */
export interface MemberStanding extends Omit<MemberReport, "behind" | "present"> {
  /** How it is connected. */
  connection: "direct" | "relay" | "none";
}

/** Where a peer stands. */
export interface Standing {
  /** Rounds of the run that this peer has done, through all its trainings. */
  round: number;
  /** Every other member, whose rounds are counted likewise. */
  members: MemberStanding[];
  /** Bytes of this life, by kind. */
  bytes: Record<TrafficKind, Flow>;
  /** What was spent of the privacy budget of features; null without noise. */
  privacy: PrivacyReport | null;
  /** What was spent of that of the weights; null without noise. */
  weightsPrivacy: UpdatePrivacyReport | null;
  /** The audit log's head, and its latest records of this life. */
  audit: { head: Readonly<AuditHead>; recent: readonly (AuditLine | AuditBreak)[] };
}

/** What a {@linkcode Standing} is read from. */
export interface StandingSources {
  mesh: Pick<Mesh, "members" | "heads" | "bytes" | "announcedRound">;
  participation: Pick<Participation, "report">;
  policy: Pick<ReleasePolicy, "spent">;
  updates: Pick<UpdatePolicy, "spent">;
  audit: Pick<AuditLog, "head" | "recent">;
  /** The members' names by peer id. */
  names: () => Readonly<Record<string, string>>;
}

/** Where the peer stands now: a copy. */
export function standingOf({ mesh, participation, policy, updates, audit, names }: StandingSources): Standing {
  const named = names();
  const heads = mesh.heads();
  const links = new Map(
    mesh.members().map(({ peer, admitted, direct }) => {
      return [peer, admitted ? direct ? "direct" : "relay" : "none"] as const;
    }),
  );
  return {
    round: mesh.announcedRound,
    members: participation.report().map(({ behind: _, present: __, ...member }) => ({
      ...member,
      ...(named[member.peerId] !== undefined && { name: named[member.peerId] }),
      round: heads.get(member.peerId)?.round ?? member.round,
      connection: links.get(member.peerId) ?? "none",
    })),
    bytes: mesh.bytes(),
    privacy: policy.spent(),
    weightsPrivacy: updates.spent(),
    audit: { head: audit.head, recent: [...audit.recent] },
  };
}
