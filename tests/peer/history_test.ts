import { assertEquals, assertMatch } from "@std/assert";
import {
  continueHistory,
  type History,
  partnersOf,
  readHistory,
  undoRounds,
  untoldRound,
  withoutRepeated,
  writeHistory,
} from "../../src/peer/history.ts";

const round = (number: number) => ({ round: number, seconds: 1, loss: 2, health: null, partners: [] });
const life = (rounds: number[], bytes: number): History => ({
  rounds: rounds.map(round),
  fineTuneRounds: [],
  seconds: rounds.length,
  members: [],
  bytes: {
    weights: { sent: bytes, received: 0 },
    embeddings: { sent: 0, received: bytes },
    control: { sent: bytes, received: bytes },
  },
});

async function withState(test: (directory: string, warnings: string[]) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory, []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a second life adds to the first", () => {
  const both = continueHistory(life([1, 2], 10), life([3], 5));
  assertEquals(both.rounds.map((line) => line.round), [1, 2, 3]);
  assertEquals([both.seconds, both.bytes.weights.sent, both.bytes.embeddings.received], [3, 15, 15]);
});

Deno.test("rounds that a training goes back behind are taken out of all lives, and their partners are told", () => {
  const line = (number: number, ...partners: string[]) => ({ ...round(number), partners });
  const tuned = (number: number, method: "scratch" | "pretrained") => ({ ...line(number, "d"), method });
  const earlier = { rounds: [line(1, "a"), line(2, "a", "b")], fineTuneRounds: [tuned(3, "scratch")] };
  const now = { rounds: [line(3, "b", "c")], fineTuneRounds: [tuned(2, "pretrained"), tuned(3, "pretrained")] };
  const { rounds } = now;
  assertEquals([partnersOf([earlier, now], 2), partnersOf([earlier, now], 3, "pretrained")], [["a", "b"], ["d"]]);
  assertEquals(undoRounds([earlier, now], 1), ["a", "b", "c"]);
  assertEquals([earlier.rounds.map((one) => one.round), now.rounds.length, rounds === now.rounds], [[1], 0, true]);
  assertEquals(undoRounds([earlier, now], 2, "pretrained"), ["d"]);
  assertEquals([earlier.fineTuneRounds.length, now.fineTuneRounds.length], [1, 1]);
});

Deno.test("rounds after the last checkpoint are done again, so they are not kept", () =>
  withState(async (directory, warnings) => {
    await writeHistory(directory, life([1, 2, 3], 10));
    const { rounds } = await readHistory(directory, 2, (message) => warnings.push(message));
    assertEquals([rounds.map((line) => line.round), warnings], [[1, 2], []]);
  }));

Deno.test("the next life knows which round was not told of, once, and only where its checkpoint is there", () =>
  withState(async (directory, warnings) => {
    const warn = (message: string) => warnings.push(message);
    await writeHistory(directory, { ...life([1, 2, 3], 10), untold: { round: 3 } });
    assertEquals(untoldRound(await readHistory(directory, 3, warn)), round(3));
    assertEquals(untoldRound(await readHistory(directory, 2, warn)), undefined);
    assertEquals(untoldRound(await readHistory(directory, 3, warn), "scratch"), undefined);
    await writeHistory(directory, continueHistory(await readHistory(directory, 3, warn), life([4], 10)));
    assertEquals(untoldRound(await readHistory(directory, 4, warn)), undefined);

    const { health: _, ...tuned } = { ...round(2), method: "scratch" as const };
    await writeHistory(directory, {
      ...{ ...life([1, 2], 10), fineTuneRounds: [tuned] },
      untold: { round: 2, method: "scratch" },
    });
    const history = await readHistory(directory, 2, warn);
    assertEquals(untoldRound(history, "scratch")?.round, 2);
    assertEquals(untoldRound(withoutRepeated(history, "scratch", 1), "scratch"), undefined);
    assertEquals([untoldRound(history), untoldRound(history, "pretrained"), warnings], [undefined, undefined, []]);
  }));

Deno.test("a history that cannot be read costs a warning, a fresh start none", () =>
  withState(async (directory, warnings) => {
    const warn = (message: string) => warnings.push(message);
    assertEquals((await readHistory(directory, 0, warn)).rounds, []);
    assertEquals(warnings, []);
    assertEquals((await readHistory(directory, 4, warn)).rounds, []);
    assertMatch(warnings[0], /^the report begins at round 5: /);
  }));
