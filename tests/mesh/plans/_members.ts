/** Members that plan over streams in memory: each says a number, and a plan is all numbers in their order. */
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { PlanTalk } from "../../../src/mesh/plans/plan_talk.ts";
import type { FixedPlan } from "../../../src/mesh/plans/protocol.ts";
import { makeStatement, type Statement } from "../../../src/mesh/plans/statement.ts";
import type { Audit, AuditRecord } from "../../../src/mesh/protocols/traffic.ts";
import { channelPair } from "../_streams.ts";

/** One member and all that became of it. */
export interface Member {
  peerId: string;
  talk: PlanTalk;
  kept?: FixedPlan;
  /** Who belongs, as it knows; those that it began with have been members. */
  members: readonly string[];
  /** Whom it sees as present. */
  present: string[];
  /** Whom it has called. @default nobody answers, for ever */
  called: string[];
  /** What calling somebody comes to. */
  use: () => Promise<never>;
  audited: AuditRecord[];
  warnings: { peer?: string; message: string }[];
}

/** What a member begins with. */
export interface MemberOptions {
  members: readonly string[];
  /** A number, of which 0 tells nothing; or a text: a plan that is given. */
  says: unknown;
  fixed?: FixedPlan;
  audit?: Audit;
  /** Called before a plan is kept; where it throws, it is not. */
  keep?: () => void;
}

export async function memberOf(
  identity: Identity,
  { members, says, fixed, audit, keep = () => {} }: MemberOptions,
): Promise<Member> {
  const member: Member = {
    peerId: identity.peerId,
    members,
    present: [],
    called: [],
    audited: [],
    warnings: [],
    use: forever,
    talk: undefined!,
  };
  member.talk = new PlanTalk({
    ...{ consortium: "test", own: await makeStatement(identity, "test", says), fixed },
    check: (says) => {
      if (Number(says) < 0) throw new RangeError("its number must not be negative");
    },
    planOf: (basis) => planOf(basis),
    givesPlan: (says) => typeof says === "string",
    disclosesData: (says) => typeof says === "number" && says > 0,
    keep: (plan) =>
      new Promise((resolve) => {
        keep();
        member.kept = plan;
        resolve();
      }),
  });
  member.talk.connect({
    peers: {
      signal: new AbortController().signal,
      present: () => member.present,
      use: (peer) => {
        member.called.push(peer);
        return member.use();
      },
    },
    others: () => member.members.filter((peer) => peer !== identity.peerId),
    wasMember: (peer) => members.includes(peer),
    audit: audit ?? ((record) => void member.audited.push(record)),
    stepTimeout: 10_000,
    warn: (message, peer) => member.warnings.push({ peer, message }),
    debug: () => {},
  });
  return member;
}

const forever = () => new Promise<never>(() => {});

function planOf(basis: readonly Statement[]): string {
  const given = basis.find(({ says }) => typeof says === "string");
  return given ? String(given.says) : valuesOf(basis).join(",");
}

/** What the statements say, in order. */
export function valuesOf(statements: readonly Statement[] = []): number[] {
  return statements.map(({ says }) => says as number).sort((x, y) => x - y);
}

/** Lets each pair swap in turn. */
export async function swapAll(pairs: readonly (readonly [Member, Member])[]): Promise<void> {
  for (const [one, other] of pairs) {
    const { a, b } = await channelPair();
    const sides = [[one, other, a], [other, one, b]] as const;
    await Promise.all(sides.map(([here, there, channel]) =>
      here.talk.swap(channel, there.peerId).catch((error) => {
        channel.abort(error);
        throw error;
      })
    ));
  }
}
