import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import xterm from "@xterm/headless";
import { createProgress } from "../../src/cli/progress.ts";
import type { PeerEvent, PeerEventBody, RepresentationHealth } from "../../src/peer/events.ts";

const START = Date.UTC(2026, 0, 2);
const HEALTH: RepresentationHealth = {
  meanCosine: 0.2,
  effectiveRank: 9,
  neighbourAccuracy: 0.5,
  chance: 0.25,
  collapsed: false,
};

function at(seconds: number, peer: string, body: PeerEventBody): PeerEvent {
  return { ...body, peer, time: START + seconds * 1000 };
}

function started(peer: string, seconds = 0): PeerEvent {
  const engine = { name: "wasm", threads: 2, detail: "SIMD", gflops: 80 };
  const cases = { training: 8, labelled: 1, probe: 2, test: 5 };
  return at(seconds, peer, { type: "started", peerId: `12D3KooW${peer}`, engine, cases });
}

function step(seconds: number, peer: string, step: number, rest: Partial<PeerEventBody> = {}): PeerEvent {
  const body = { type: "progress", phase: "pretrain", step, steps: 100, loss: 2, perSecond: 4, ...rest };
  return at(seconds, peer, body as PeerEventBody);
}

/** The lines that a log gets. */
function lines(events: readonly PeerEvent[], names?: Map<string, string>): string[] {
  let text = "";
  const progress = createProgress({ terminal: false, write: (part) => text += part, names });
  for (const event of events) progress.handle(event);
  progress.close();
  return text.split("\n").slice(0, -1);
}

/** What a terminal of `columns` shows at the end, without trailing blank lines. */
async function screen(columns: number, run: (progress: ReturnType<typeof createProgress>) => void): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 30, convertEol: true, allowProposedApi: true });
  let text = "";
  const progress = createProgress({ terminal: true, write: (part) => text += part, columns: () => columns });
  run(progress);
  progress.close();
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const shown = Array.from({ length: active.length }, (_, i) => active.getLine(i)!.translateToString(true));
  terminal.dispose();
  return shown.join("\n").trimEnd().split("\n");
}

Deno.test("without a terminal the first event is a line at once", () => {
  assertEquals(lines([started("north")]), [
    "  0:00  north  wasm engine (SIMD, 2 threads, 80.0 GFLOP/s), 8 training, 1 labelled, 2 probe, 5 test cases",
  ]);
});

Deno.test("within a phase a peer's progress is told every ten seconds of the events' own time", () => {
  const events = Array.from({ length: 100 }, (_, i) => step(i / 4, "north", i));
  const told = lines(events).map((line) => line.match(/pre-training (\d+)\/100/)![1]);
  assertEquals(told, ["0", "40", "80"]);
});

Deno.test("each peer has a pace of its own, and each new phase is told at once", () => {
  const events = [
    step(0, "north", 1),
    step(1, "south", 1),
    step(2, "north", 2),
    step(3, "north", 1, { phase: "pretrained" }),
    step(4, "north", 2, { phase: "pretrained" }),
    step(5, "north", 1, { phase: "predict" }),
    step(11, "south", 9),
  ];
  assertEquals(lines(events).map((line) => line.split(/\s{2,}/).slice(1, 4).join(" ")), [
    "0:00 north pre-training 1/100",
    "0:01 south pre-training 1/100",
    "0:03 north from pre-training 1/100",
    "0:05 north predicting 1/100",
    "0:11 south pre-training 9/100",
  ]);
});

Deno.test("a progress line has rate, time left and loss", () => {
  const [line] = lines([step(0, "north", 20)]);
  assertStringIncludes(line, "pre-training 20/100  4/s  20 s left  loss 2.000");
});

Deno.test("a rate of nothing and a loss that is not finite are no figures", () => {
  const [line] = lines([step(0, "north", 0, { perSecond: 0, loss: NaN })]);
  assertEquals(line, "  0:00  north  pre-training 0/100  loss not finite");
});

Deno.test("a round of fine-tuning together says of what, on its line and at the bar of its own phase only", async () => {
  const body = { round: 2, rounds: 3, loss: 0.5, health: null, partners: [] };
  const round = at(1, "north", { type: "round", method: "pretrained", ...body });
  assertEquals(
    lines([started("north"), round])[1].trim(),
    "0:01  north  from pre-training, round 2/3  loss 0.500  averaged with nobody",
  );
  for (const phase of ["pretrained", "scratch"] as const) {
    const shown = await screen(
      120,
      ({ handle }) => [started("north"), round, step(2, "north", 9, { phase })].forEach(handle),
    );
    assertEquals(shown.at(-1)!.includes("round 2/3"), phase === "pretrained", shown.at(-1));
  }
});

/** A whole peer id. */
const WEST = `12D3KooW${"a".repeat(44)}`;

Deno.test("every round is a line with its health and its partners by name", () => {
  const round = (n: number): PeerEventBody => ({
    type: "round",
    round: n,
    rounds: 3,
    loss: 1.5,
    health: n === 2 ? { ...HEALTH, collapsed: true } : n === 3 ? null : HEALTH,
    partners: n === 3 ? [] : ["12D3KooWsouth"],
    alone: n === 3 ? `${WEST} is not connected` : undefined,
    consensus: n === 1 ? 0.125 : undefined,
  });
  const told = lines([
    started("north"),
    started("south"),
    at(0, "north", { type: "names", names: { [WEST]: "west" } }),
    ...[1, 2, 3].map((n) => at(n, "north", round(n))),
  ]).slice(2);
  assertEquals(told, [
    "  0:01  north  round 1/3  loss 1.500  accuracy 0.5 (chance 0.25)  rank 9  cosine 0.2  distance 0.13  averaged with south",
    "  0:02  north  round 2/3  loss 1.500  accuracy 0.5 (chance 0.25)  rank 9  cosine 0.2 (collapsed)  averaged with south",
    "  0:03  north  round 3/3  loss 1.500  averaged with nobody: west is not connected",
  ]);
});

Deno.test("members that come, go and are refused are told by name, or by the end of their id", () => {
  const member = (remote: string, state: "joined" | "left" | "refused", reason?: string): PeerEvent =>
    at(1, "north", { type: "member", remote, state, reason });
  const told = lines([
    member("12D3KooWsouth", "joined"),
    member("12D3KooWsouth", "left"),
    member("12D3KooWQ8hYstranger", "refused", "it is not on the list"),
  ], new Map([["12D3KooWsouth", "south"]]));
  assertEquals(told.map((line) => line.slice(15)), [
    "south joined",
    "south left",
    "…stranger refused: it is not on the list",
  ]);
});

Deno.test("the end of a peer names what it keeps and where, its time and its Dice under both methods", () => {
  const dice = (method: "scratch" | "pretrained", shell: number | null, core: number | null) =>
    at(1, "north", { type: "dice", method, case: "a", perClass: { shell, core } });
  const events = [
    dice("scratch", 0.2, 0.4),
    dice("pretrained", 0.5, null),
    dice("pretrained", 0.7, 0.9),
    at(200, "north", { type: "kept", what: "model", path: "results/model" }),
    at(200, "north", { type: "finished", seconds: 200 }),
  ];
  assertEquals(lines(events), [
    "  3:19  north  model in results/model",
    "  3:19  north  finished in 3 min 20 s  Dice from scratch 0.300  Dice from pre-training 0.650",
  ]);
});

Deno.test("what other peers write cannot move the cursor or forge a line", () => {
  const events = [at(0, "no\u001b[2Jrth", { type: "warning", message: "a\n  0:00  south  finished\u001b[1A" })];
  const told = lines(events);
  assertEquals(told.length, 1);
  assert(!told[0].includes("\u001b"));
});

Deno.test("on a terminal each peer has one bar of one width, and news stand above the bars", async () => {
  const shown = await screen(100, (progress) => {
    for (const peer of ["north", "harbour"]) progress.handle(started(peer));
    for (let i = 0; i <= 50; i++) {
      progress.handle(step(i, "north", i));
      progress.handle(step(i, "harbour", i, { phase: "pretrained" }));
    }
    progress.handle(at(60, "north", { type: "member", remote: "12D3KooWharbour", state: "left" }));
  });
  assertEquals(shown.slice(-3), [
    "north: harbour left",
    "north    pre-training      ██████████░░░░░░░░░░  50/100  4/s  13 s left  loss 2.000",
    "harbour  from pre-training ██████████░░░░░░░░░░  50/100  4/s  13 s left  loss 2.000",
  ]);
  assertEquals(shown.length, 5);
});

Deno.test("a line too long for the terminal wraps above the bars and leaves no remains below", async () => {
  const reason = "its setting network.levels is 3 and ours is 4, so their weights cannot be averaged";
  const shown = await screen(60, (progress) => {
    for (const peer of ["north", "south", "hill"]) progress.handle(step(0, peer, 10));
    progress.handle(at(1, "north", { type: "member", remote: "12D3KooWx", state: "refused", reason }));
    progress.handle(at(2, "south", { type: "member", remote: "12D3KooWx", state: "refused", reason }));
    progress.handle(step(3, "north", 20));
  });
  assertEquals(shown.length, 7);
  assert(shown[3].endsWith("averaged"), shown[3]);
  assertEquals(shown.slice(4).map((line) => line.split(" ")[0]), ["north", "south", "hill"]);
  assertStringIncludes(shown[4], "20/100");
});

Deno.test("bars fit the terminal, however narrow", async () => {
  for (const columns of [20, 40, 60, 80, 200]) {
    const shown = await screen(columns, (progress) => {
      progress.handle(step(0, "north", 10));
      progress.handle(step(0, "south", 10));
    });
    assertEquals(shown.length, 2, `${columns} columns: ${shown.join(" / ")}`);
    assertStringIncludes(shown[1], "10/100");
  }
});

Deno.test("a closed display gives the cursor back and writes later events as lines", () => {
  let text = "";
  const progress = createProgress({ terminal: true, write: (part) => text += part, columns: () => 80 });
  progress.handle(step(0, "north", 10));
  progress.close();
  progress.close();
  assert(text.lastIndexOf("\u001b[?25h") > text.lastIndexOf("\u001b[?25l"));
  text = "";
  progress.handle(at(3, "north", { type: "warning", message: "late" }));
  assertEquals(stripAnsiCode(text), "  0:00  north  warning: late\n");
});

Deno.test("a caller's own line is shown in both kinds of display", async () => {
  assertEquals(await screen(80, (progress) => progress.log("starting 2 peers")), ["starting 2 peers"]);
  let text = "";
  const progress = createProgress({ terminal: false, write: (part) => text += part });
  progress.log("starting 2 peers");
  assertEquals(text, "starting 2 peers\n");
});

Deno.test("a split and its end are told, by the sites' names where they are known", () => {
  const [west, south] = ["12D3KooWwest", "12D3KooWsouth"];
  const events = [
    at(1, "north", { type: "split", missing: [west, south] }),
    at(61, "north", { type: "healed", peers: [west] }),
  ];
  assertEquals(lines(events, new Map([[west, "west"]])).map((line) => line.replace(/^ +/, "")), [
    "0:00  north  the mesh has split: west, …ooWsouth out of reach",
    "1:00  north  the mesh is whole again: west back",
  ]);
});

/** The lines of a service's log. */
function logged(log: "text" | "json", events: readonly PeerEvent[]): string[] {
  let text = "";
  const progress = createProgress({ terminal: true, log, write: (part) => text += part });
  for (const event of events) progress.handle(event);
  return text.split("\n").slice(0, -1);
}

const ID = `12D3KooW${"a".repeat(44)}`;
const happened: PeerEvent[] = [
  at(0, "north", { type: "names", names: { [ID]: "south" } }),
  at(0, "north", { type: "member", remote: ID, state: "joined" }),
  at(61, "north", { type: "warning", message: `${ID}: averaging: too\nlate` }),
  at(62, "north", { type: "note", message: `came late: goes on from ${ID}` }),
];

Deno.test("a log has date and level in every line, and members by name", () => {
  assertEquals(logged("text", happened), [
    "2026-01-02T00:00:00.000Z info    north: south joined",
    "2026-01-02T00:01:01.000Z warning north: south: averaging: too late",
    "2026-01-02T00:01:02.000Z info    north: came late: goes on from south",
  ]);
});

Deno.test("a log as JSON has one object a line", () => {
  const [, warning] = logged("json", happened).map((line) => JSON.parse(line));
  assertEquals(warning, {
    time: "2026-01-02T00:01:01.000Z",
    level: "warning",
    site: "north",
    type: "warning",
    message: "south: averaging: too late",
  });
});
