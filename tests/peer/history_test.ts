import { assertEquals, assertMatch } from "@std/assert";
import { continueHistory, type History, readHistory, writeHistory } from "../../src/peer/history.ts";

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

Deno.test("rounds after the last checkpoint are done again, so they are not kept", () =>
  withState(async (directory, warnings) => {
    await writeHistory(directory, life([1, 2, 3], 10));
    const { rounds } = await readHistory(directory, 2, (message) => warnings.push(message));
    assertEquals([rounds.map((line) => line.round), warnings], [[1, 2], []]);
  }));

Deno.test("a history that cannot be read costs a warning, a fresh start none", () =>
  withState(async (directory, warnings) => {
    const warn = (message: string) => warnings.push(message);
    assertEquals((await readHistory(directory, 0, warn)).rounds, []);
    assertEquals(warnings, []);
    assertEquals((await readHistory(directory, 4, warn)).rounds, []);
    assertMatch(warnings[0], /^the report begins at round 5: /);
  }));
