/** What of a site makes a run a lost one. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { examine, type Expected } from "../../scripts/hardships/_examine.ts";
import type { Told } from "../../scripts/hardships/_site.ts";
import { type AuditHead, signAuditHead } from "../../src/mesh/anchors/audit_head.ts";
import { AuditLog } from "../../src/peer/audit/audit_log.ts";
import type { PeerEventBody } from "../../src/peer/events.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import type { SiteReport } from "../../src/peer/report/schema.ts";
import { CurveFile } from "../../src/telemetry/curves/curve_file.ts";
import { newIdentity } from "../mesh/_identities.ts";
import { dice, site } from "../peer/report/_sample.ts";

const ROUNDS = 3;

const north = await newIdentity();

/** A report of a run of which nothing is lost, but for `rest`. */
function reportOf(rest: Partial<SiteReport> = {}): SiteReport {
  const line = (round: number) => ({ round, seconds: 1, loss: 1, health: null, partners: ["south"] });
  const member = { peerId: "south", round: ROUNDS, mass: 8, exchanges: 3, lastSeen: null, present: true, behind: 0 };
  return site("north", {
    ...{
      plannedRounds: ROUNDS,
      rounds: [1, 2, 3].map(line),
      members: [member],
      dice: [dice("a", "pretrained", 0.5, null)],
    },
    ...rest,
  });
}

const toldIn = (life: number, ...bodies: PeerEventBody[]): Told[] =>
  bodies.map((body) => ({ life, event: { ...body, peer: "north", time: 0 } }));

const round = (number: number): PeerEventBody => ({
  ...{ type: "round", round: number, rounds: ROUNDS, loss: 1, health: null, partners: ["south"] },
});

const started = (resumedFrom?: number) => ({ type: "started", resumedFrom } as PeerEventBody);

/** Of two lives, of which the first was killed in its third round. */
const TOLD = [...toldIn(1, started(), round(1), round(2)), ...toldIn(2, started(2), round(3))];

interface Left {
  report?: SiteReport;
  told?: readonly Told[];
  /** Rounds to which weights went, by the audit log. */
  gone?: readonly number[];
  /** Rounds in the curves, in their order, and how many partners they say. */
  curves?: readonly [round: number, partners: number][];
  code?: number;
  failures?: number;
  /** Changes what lies there. */
  change?: (directory: string) => Promise<void>;
}

/** What is wrong with what a site has left. */
async function faultsOf(left: Left = {}): Promise<readonly string[]> {
  const { report = reportOf(), told = TOLD, gone = [1, 2, 3], code = 0, failures = 0, change } = left;
  const { curves = [[1, 1], [2, 1], [3, 0], [3, 1]] } = left;
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    for (const folder of ["state", "results"]) await Deno.mkdir(join(directory, folder));
    const log = new AuditLog(join(directory, "state", "audit.jsonl"));
    await log.open();
    for (const round of gone) {
      await log.append({ ...{ time: 0, kind: "weights", peer: "south", bytes: 9, digest: "d" }, round });
    }
    await log.anchor();
    await log.close();
    const file = CurveFile.open(join(directory, "results", "curves.csv"));
    file.append(curves.map(([round, value]) => ({ time: 0, round, name: "pretraining/partners", value })));
    file.close();
    await Deno.writeTextFile(join(directory, "results", "site.json"), siteToJson(report));
    await change?.(directory);
    const expected: Expected = { rounds: ROUNDS, fineTuneSteps: 2, others: [join(directory, "south")] };
    const ended = { name: "north", peerId: north.peerId, directory, told, code, failures };
    return (await examine(ended, expected)).faults;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Has the site south keep a head of north's audit log, signed by `signer`. */
function kept(head: Omit<AuditHead, "bytes">, signer = north) {
  return async (directory: string) => {
    const said = { epoch: 1, sequence: 1, bytes: 900, ...head };
    const entry = { head: await signAuditHead({ ...signer, peerId: north.peerId }, "c", said), heard: 0 };
    const book = { version: 1, consortium: "c", peers: { [north.peerId]: { latest: entry, furthest: entry } } };
    await Deno.mkdir(join(directory, "south", "state"), { recursive: true });
    await Deno.writeTextFile(join(directory, "south", "state", "anchors.json"), JSON.stringify(book));
  };
}

const { rounds } = reportOf();

Deno.test("a site that was killed, has done a round again and says all of it has lost nothing", async () => {
  assertEquals(await faultsOf(), []);
});

Deno.test("a round that is missing, there twice, or was not told of is a fault; one that stands for a member's is none", async () => {
  assertEquals(await faultsOf({ report: reportOf({ rounds: [rounds[0], rounds[2]] }) }), [
    "round 2 is not in its report",
  ]);
  assertEquals(
    await faultsOf({ report: reportOf({ rounds: [...rounds, rounds[2]] }) }),
    ["round 3 is in its report 2 times"],
  );
  assertEquals(await faultsOf({ told: TOLD.slice(0, -1) }), ["round 3 is in its report and was not told of"]);
  const late = toldIn(
    1,
    ...[started(), { type: "note", message: "came late: goes on from a member's weights of round 3" } as PeerEventBody],
    round(3),
  );
  assertEquals(await faultsOf({ told: late, report: reportOf({ rounds: [rounds[2]] }) }), []);
});

Deno.test("report, curves and audit log must agree on each round", async () => {
  assertEquals(
    await faultsOf({ gone: [1, 2] }),
    ["round 3 was averaged with south, and its audit log does not say that weights went there"],
  );
  assertEquals(await faultsOf({ curves: [[1, 1], [3, 1]] }), ["round 2 is in its report and not in its curves"]);
  assertEquals(
    await faultsOf({ curves: [[1, 1], [2, 1], [3, 1], [3, 0]] }),
    ["round 3 has 1 partners in its report and 0 in its curves"],
  );
});

Deno.test("torn files, a broken chain and an error at the end are faults", async () => {
  assertEquals(await faultsOf({ code: 1, failures: 3 }), ["its last life ended with code 1"]);
  assertEquals(await faultsOf({ failures: 1 }), ["1 of its lives ended with an error"]);
  const torn = (name: string, cut: number) => async (directory: string) => {
    const path = join(directory, name);
    await Deno.truncate(path, (await Deno.stat(path)).size - cut);
  };
  const [line, ...chain] = await faultsOf({ change: torn("state/audit.jsonl", 1) });
  assertEquals(line, "audit.jsonl ends in a torn line");
  assertMatch(chain.join("\n"), /its audit log: the log must hold 3 records, it holds 2/);
  assertMatch((await faultsOf({ change: torn("results/curves.csv", 1) })).join("\n"), /curves.csv ends in a torn line/);
  assertMatch((await faultsOf({ change: torn("results/site.json", 9) })).join("\n"), /site.json holds what is no JSON/);
});

Deno.test("Dice must be there, and no case, member or step of fine-tuning twice or not at all", async () => {
  const [entry] = reportOf().dice;
  assertEquals(await faultsOf({ report: reportOf({ dice: [] }) }), ["its Dice is not defined"]);
  assertEquals(await faultsOf({ report: reportOf({ dice: [entry, entry] }) }), ["a case was tested twice"]);
  assertEquals(await faultsOf({ report: reportOf({ members: [] }) }), ["its report has 0 other members"]);
  assertEquals(
    await faultsOf({ report: reportOf({ fineTune: { pretrained: [1, 1, 1], scratch: [] } }) }),
    ["its report has 3 steps of fine-tuning, of 2"],
  );
});

Deno.test("a round beyond the last, one that is skipped in silence, a member twice and Dice of nothing are faults", async () => {
  const beyond = { ...rounds[2], round: 4, partners: [] };
  assertEquals(
    await faultsOf({
      report: reportOf({ rounds: [...rounds, beyond] }),
      told: [...TOLD, ...toldIn(2, round(4))],
      curves: [[1, 1], [2, 1], [3, 1], [4, 0]],
    }),
    ["its report holds rounds that there are not"],
  );
  const skipped = reportOf({ rounds: [rounds[0], rounds[2]] });
  const slow = (...notes: PeerEventBody[]) => toldIn(1, started(), round(1), ...notes, round(3));
  assertEquals(await faultsOf({ report: skipped, told: slow() }), ["round 2 is not in its report"]);
  const note = "the others are far ahead: goes on with them, what it trained in round 2 counts in 3";
  assertEquals(await faultsOf({ report: skipped, told: slow({ type: "note", message: note }) }), []);
  const { members: [member] } = reportOf();
  assertEquals(await faultsOf({ report: reportOf({ members: [member, member] }) }), [
    "a member is in its report twice",
    "its report has 2 other members",
  ]);
  assertEquals(await faultsOf({ report: reportOf({ dice: [dice("a", "pretrained", null, null)] }) }), [
    "its Dice is not defined",
  ]);
});

Deno.test("a report, curves or an audit log that are not there, and lines that are no JSON, are faults", async () => {
  const without = (name: string) => faultsOf({ change: (directory) => Deno.remove(join(directory, name)) });
  assertMatch((await without("results/site.json")).join("\n"), /^its report: .*site\.json/);
  assertMatch((await without("results/curves.csv")).join("\n"), /^its report: .*curves\.csv/);
  assertMatch((await without("state/audit.jsonl")).join("\n"), /^its audit log: /);
  const appended = (name: string, text: string) => (directory: string) =>
    Deno.writeTextFile(join(directory, name), text, { append: true });
  assertEquals(await faultsOf({ change: appended("results/events.jsonl", '{}\n{"a":\n{}\n') }), [
    "events.jsonl holds what is no JSON",
  ]);
  assertMatch(
    (await faultsOf({ change: appended("state/audit.jsonl", "{") })).join("\n"),
    /1 bytes behind its last record/,
  );
});

Deno.test("an audit log that does not hold what others keep of it, or that has a break on record, is a fault", async () => {
  const digest = "0".repeat(64);
  const [fault, ...more] = await faultsOf({ change: kept({ records: 4, digest }) });
  assertMatch(fault, /^its audit log: the log must hold 4 records, it holds 3/);
  assertEquals(more, []);
  const [forged] = await faultsOf({ change: kept({ records: 3, digest }, await newIdentity()) });
  assertMatch(forged, /^its audit log: .*each head must be signed by its site/);
  const edit = async (directory: string) => {
    const path = join(directory, "state", "audit.jsonl");
    const [first, ...lines] = (await Deno.readTextFile(path)).split("\n");
    await Deno.writeTextFile(path, [first.replace('"bytes":9', '"bytes":8'), ...lines].join("\n"));
  };
  assertMatch((await faultsOf({ change: edit })).join("\n"), /^its audit log: line 2: /);
  const unread = (directory: string) => Deno.writeTextFile(join(directory, "state", "audit.head.json"), "{}\n");
  assertMatch(
    (await faultsOf({ change: unread })).join("\n"),
    /^its audit log: an anchor beside the log cannot be read/,
  );
  const broken = await faultsOf({
    change: async (directory) => {
      await edit(directory);
      const log = new AuditLog(join(directory, "state", "audit.jsonl")); // it finds that, and says so in the log itself
      await log.open();
      await log.close();
    },
  });
  assertMatch(broken.join("\n"), /a break is on record: line 2/);
});
