import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "node-html-parser";
import { aggregate } from "../../../src/peer/report/aggregate.ts";
import { renderReport } from "../../../src/peer/report/html.ts";
import { reportToJson } from "../../../src/peer/report/json.ts";
import { memberRemark, participationOf } from "../../../src/peer/report/participation.ts";
import type { MemberReport, SiteReport } from "../../../src/peer/report/schema.ts";
import { summary } from "../../../src/peer/report/summary.ts";
import { INFO, site } from "./_sample.ts";

const SEEN = "2026-01-02T03:04:05.000Z";
const EARLIER = "2026-01-02T03:00:00.000Z";

function view(name: string, rest: Partial<MemberReport> = {}): MemberReport {
  const peerId = `12D3KooW${name}`;
  return { peerId, round: 2, mass: 8, exchanges: 1, lastSeen: SEEN, present: true, behind: 0, ...rest };
}

const round = (number: number) => ({ round: number, seconds: 1, loss: 1, health: null, partners: [] });

/** A site that did all its 14 rounds and saw `members`. */
function done(name: string, members: MemberReport[], rest: Partial<SiteReport> = {}): SiteReport {
  return site(name, {
    plannedRounds: 14,
    rounds: Array.from({ length: 14 }, (_, i) => round(i + 1)),
    members,
    ...rest,
  });
}

const remarks = (...input: Parameters<typeof participationOf>) => participationOf(...input).flatMap((s) => s.remarks);

Deno.test("sites that keep up are listed with rounds, mass, exchanges and when they were last seen, without remarks", () => {
  const sites = [done("north", [view("south", { round: 14, exchanges: 9 })]), done("south", [view("north")])];
  assertEquals(participationOf(sites)[0], {
    name: "north",
    peerId: "12D3KooWnorth",
    round: 14,
    trained: 14,
    planned: 14,
    mass: 8,
    exchanges: 9,
    lastSeen: SEEN,
    remarks: [],
  });
});

Deno.test("a member that sites left alone for a while is named with how often it did what, whether it reported or not", () => {
  const paused = "5 times what it sent was refused, the last time: its norm";
  const sites = [done("north", [view("south", { paused }), view("west", { round: 14, paused })]), done("south", [])];
  assertEquals(remarks(sites, { isOwn: true }), [
    `south was left alone by a site for a while: ${paused}`,
    `…KooWwest was left alone by a site for a while: ${paused}`,
  ]);
});

Deno.test("a site that vanished is named with its last round and when it was last seen, as most is known of it", () => {
  const sites = [
    done("north", [view("south"), view("west", { round: 7, exchanges: 4, present: false, behind: 7 })]),
    done("south", [view("north"), view("west", { round: 6, exchanges: 3, present: false, lastSeen: EARLIER })]),
  ];
  const missing = [{ name: "west", peerId: "12D3KooWwest", reason: "exit code 137" }];
  assertEquals(remarks(sites, { missing }), ["west stopped at round 7 of 14; last seen 2026-01-02 03:04 UTC"]);
  const [, , west] = participationOf(sites, { missing });
  assertEquals([west.name, west.round, west.trained, west.exchanges, west.mass], ["west", 7, null, 7, 8]);
  // in a real consortium nobody knows its name
  assertEquals(remarks(sites), ["…KooWwest went out of reach after round 7 of 14; last seen 2026-01-02 03:04 UTC"]);
});

Deno.test("a site that nobody ever saw, and one that left no report, are named", () => {
  const never = view("east", { round: 0, mass: null, exchanges: 0, lastSeen: null, present: false, behind: 14 });
  const quiet = view("west", { round: 14, present: false });
  assertEquals(remarks([done("north", [never, quiet])]), [
    "…KooWeast was never seen",
    "…KooWwest left no report after round 14; last seen 2026-01-02 03:04 UTC",
  ]);
});

Deno.test("a site that lagged and one that came late are named although they came to their end; a round is no lag", () => {
  const late = { rounds: [12, 13, 14].map(round) };
  const sites = [
    done("north", [view("south", { behind: 5 }), view("late", { behind: 1 })]),
    done("south", [view("north"), view("late", { behind: 1 })]),
    done("late", [view("north"), view("south", { behind: 3 })], late),
  ];
  assertEquals(remarks(sites), [
    "south lagged: 5 of 14 rounds were still to do when others had done all of theirs",
    "late trained 3 of 14 rounds itself",
  ]);
});

Deno.test("one site's own view of a member that lags or has vanished", () => {
  assertEquals(
    memberRemark(view("a", { round: 3, present: false }), 14),
    "went out of reach after round 3 of 14; last seen 2026-01-02 03:04 UTC",
  );
  assertEquals(memberRemark(view("a", { round: 9, behind: 5 }), 14)?.startsWith("lagged: 5 of 14"), true);
  assertEquals(memberRemark(view("a", { round: 14, present: false }), 14), undefined);
});

Deno.test("page, summary and JSON all name the site that vanished", () => {
  const sites = [done("north", [view("west", { round: 7, present: false })])];
  const report = aggregate(sites, { ...INFO, missing: [{ name: "west", peerId: "12D3KooWwest", reason: "killed" }] });
  const sentence = "west stopped at round 7 of 14; last seen 2026-01-02 03:04 UTC";
  const page = parse(renderReport(report));
  assertEquals(page.querySelectorAll(".warn").map(({ text }) => text).includes(sentence), true);
  assertStringIncludes(page.structuredText, "7 of 14");
  assertStringIncludes(summary(report), `\n${sentence}\n`);
  assertStringIncludes(summary(report), "west    7 of 14");
  assertEquals(JSON.parse(reportToJson(report)).participation[1].remarks, [sentence]);
});

Deno.test("a site that is alone by choice has nobody to miss it", () => {
  assertEquals(remarks([done("north", [])]), []);
});

Deno.test("of a site that left no report, what is told is what the site knows that saw most of it", () => {
  const unreached = [{ address: "/ip4/192.0.2.1/tcp/1", reason: "the connection was refused" }];
  const of = (...views: Partial<MemberReport>[]) =>
    remarks(views.map((rest, i) => done(`site-${i}`, [view("west", { lastSeen: null, present: false, ...rest })])))
      .find((remark) => remark.startsWith("…KooWwest"));
  const never = { round: 0, state: "never", unreached } as const;
  const where = "it did not answer at /ip4/192.0.2.1/tcp/1 (the connection was refused)";
  assertEquals(of(never, never), `…KooWwest was never seen; ${where}`);
  assertEquals(of(never, { round: 0, state: "refused", reason: "no" }), "…KooWwest took no part: no");
  assertEquals(
    of({ round: 0, state: "refused", reason: "no" }, { state: "ended", round: 5 }),
    "…KooWwest left after round 5 of 14",
  );
  assertEquals(
    of({ state: "lost", lastSeen: SEEN, round: 14 }, never),
    "…KooWwest left no report after round 14; last seen 2026-01-02 03:04 UTC",
  );
});
