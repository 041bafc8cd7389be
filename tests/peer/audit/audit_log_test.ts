import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import type { AuditHead } from "../../../src/mesh/anchors/audit_head.ts";
import { writeCheckpoint } from "../../../src/model/checkpoint.ts";
import { AuditLog, RECENT } from "../../../src/peer/audit/audit_log.ts";
import { verifyAuditLog } from "../../../src/peer/audit/reading.ts";

async function withLog(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(join(directory, "audit.jsonl"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** @returns what the log warned of when it was opened */
async function write(path: string, rounds: number[]): Promise<string[]> {
  const log = new AuditLog(path);
  const { warnings } = await log.open();
  const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
  await Promise.all(rounds.map((round) => log.append({ ...record, round })));
  await log.close();
  return warnings;
}

/** The log's lines, without the last one's end. */
async function linesOf(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).split("\n").slice(0, -1);
}

const headFile = (path: string) => path.replace(".jsonl", ".head.json");

async function putLines(path: string, lines: readonly string[]): Promise<void> {
  await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
}

/** What a checkpoint of a training says of the log. */
async function checkpoint(path: string, folder: string, audit?: AuditHead): Promise<void> {
  await writeCheckpoint(join(dirname(path), folder), { vectors: [], state: { round: 1, audit } });
}

Deno.test("the chain goes on over a restart", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    await write(path, [3]);
    assertEquals(await verifyAuditLog(path), 3);
    const rounds = (await Deno.readTextFile(path)).trim().split("\n").map((line) => JSON.parse(line).round);
    assertEquals(rounds, [1, 2, 3]);
  }));

Deno.test("the latest records of this life are kept in mind, and no more than so many", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    const log = new AuditLog(path);
    await log.open();
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
    for (let round = 3; round < 3 + RECENT + 2; round++) await log.append({ ...record, round });
    assertEquals(
      log.recent.map((line) => "round" in line && line.round),
      Array.from({ length: RECENT }, (_, i) => i + 5),
    );
    assertEquals(log.head.records, RECENT + 4);
    await log.close();
  }));

Deno.test("a changed line breaks the chain at the line after it", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3]);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"round":2', '"round":7'));
    await assertRejects(() => verifyAuditLog(path), UserError, "line 3");
  }));

Deno.test("a line cut short by a kill is dropped and told, and the chain goes on", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    await Deno.writeTextFile(path, '{"time":"1970', { append: true });
    await assertRejects(() => verifyAuditLog(path), UserError, "line 3: 13 bytes");
    const [warning, ...more] = await write(path, [3]);
    assertMatch(warning, /^an unfinished record, 13 bytes at the end of .*audit\.jsonl, was cut off: /);
    assertEquals([more, await verifyAuditLog(path)], [[], 3]);
  }));

Deno.test("a line cut short behind a long log leaves the rest of it as it is", () =>
  withLog(async (path) => {
    await write(path, Array.from({ length: 600 }, (_, round) => round));
    const whole = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, '{"time":"1970', { append: true });
    await write(path, []);
    assertEquals(await Deno.readTextFile(path), whole);
    await write(path, [600]);
    assertEquals(await verifyAuditLog(path), 601);
  }));

Deno.test("a record that cannot be written does not keep the next one from the log", () =>
  withLog(async (path) => {
    const log = new AuditLog(path);
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00", round: 1 } as const;
    await assertRejects(() => log.append(record), Error, "not open");
    await log.open();
    await log.append(record);
    await log.close();
    assertEquals(await verifyAuditLog(path), 1);
  }));

/** What is done to a log of five records that is anchored, and what is told of it. */
const TAMPERED: Record<string, { change: (lines: string[]) => string[]; told: RegExp }> = {
  "the last line is gone": { change: (lines) => lines.slice(0, 4), told: /must hold 5 records, it holds 4: / },
  "all but the first line are gone": {
    change: (lines) => lines.slice(0, 1),
    told: /must hold 5 records, it holds 1: /,
  },
  "all lines are gone": { change: () => [], told: /must hold 5 records, it holds 0: / },
  "the last line was changed": {
    change: (lines) => lines.with(4, lines[4].replace('"bytes":10', '"bytes":11')),
    told: /must hold the record 5 that it held once, and holds another there: /,
  },
  "it was written anew, longer": {
    change: (lines) => [...lines.slice(0, 4).map((line) => line.replace("12D3", "12D4")), ...Array(4).fill(lines[4])],
    told: /line 2|holds another there/,
  },
};

for (const where of ["the file beside it", "a checkpoint", "a checkpoint of a fine-tuning"]) {
  for (const [what, { change, told }] of Object.entries(TAMPERED)) {
    Deno.test(`an anchor in ${where}: ${what} is told at the next start, once, and is on record`, () =>
      withLog(async (path) => {
        await write(path, [1, 2, 3, 4, 5]);
        if (where !== "the file beside it") {
          const head = JSON.parse(await Deno.readTextFile(headFile(path)));
          await checkpoint(path, where === "a checkpoint" ? "checkpoints" : "fine-tuning/scratch", head);
          await Deno.remove(headFile(path));
        }
        await putLines(path, change(await linesOf(path)));
        const warnings = await write(path, [6]);
        assertMatch(warnings.join("\n"), told);
        const breaks = (await linesOf(path)).map((line) => JSON.parse(line)).filter(({ kind }) => kind === "break");
        assertEquals(breaks.length, warnings.length);
        assertMatch(breaks.map(({ fault }) => fault).join("\n"), told);
        assertEquals(await write(path, [7]), []);
      }));
  }
}

Deno.test("folders of checkpoints that cannot be listed are told", () =>
  withLog(async (path) => {
    await write(path, [1]);
    await Deno.writeTextFile(join(dirname(path), "fine-tuning"), "");
    const [warning, ...more] = await write(path, [2]);
    assertMatch(warning, /an anchor beside the log cannot be read; .*fine-tuning: /);
    assertEquals(more, []);
  }));

Deno.test("a deleted log is told at the next start, with who holds it", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3]);
    await Deno.remove(path);
    const [warning] = await write(path, []);
    assertMatch(warning, /must hold 3 records, it holds 0: .*audit\.head\.json holds its record 3, with the digest /);
    assertEquals(await verifyAuditLog(path), 1);
  }));

Deno.test("a cut below the anchor is told though its end looks like a kill's", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3]);
    await Deno.truncate(path, (await Deno.readTextFile(path)).length - 300);
    const warnings = await write(path, []);
    assertEquals(warnings.length, 2);
    assertMatch(warnings[0], /^an unfinished record/);
    assertMatch(warnings[1], /must hold 3 records, it holds 1/);
  }));

Deno.test("kills leave nothing to tell: a log that is longer than its anchors, and checkpoints of before", () =>
  withLog(async (path) => {
    const log = new AuditLog(path);
    await log.open();
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
    for (let round = 1; round <= 4; round++) {
      await log.append({ ...record, round });
      await checkpoint(path, "checkpoints", round > 2 ? await log.anchor() : undefined); // older ones hold no anchor
      await log.append({ ...record, round });
    }
    // the process ends here: nothing is closed
    const warnings = await write(path, [5]);
    assertEquals([warnings, await verifyAuditLog(path)], [[], 9]);
    await log.close().catch(() => {});
  }));

Deno.test("an older log without anchors is gone on with, and one that was edited is told by its line", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3, 4]);
    await Deno.remove(headFile(path));
    assertEquals(await write(path, []), []);
    await Deno.remove(headFile(path));
    const lines = await linesOf(path);
    await putLines(path, lines.with(1, lines[1].replace('"bytes":10', '"bytes":99')));
    const warnings = await write(path, []);
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /line 3: /);
    assertEquals(await write(path, []), []);
  }));

Deno.test("of a long log only what follows the furthest anchor is read at the start, and the records are counted on", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3, 4]);
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00", round: 5 } as const;
    const anchored = await Deno.readTextFile(headFile(path));
    await write(path, [5, 6, 7]);
    await Deno.writeTextFile(headFile(path), anchored); // as a kill leaves it
    const lines = await linesOf(path);
    const edited = (...at: number[]) => lines.map((line, i) => at.includes(i) ? line.replace("12D3", "12D4") : line);
    for (const [at, faults] of [[[0], 0], [[5], 1], [[0, 5], 1]] as const) {
      await putLines(path, edited(...at));
      await Deno.writeTextFile(headFile(path), anchored);
      const log = new AuditLog(path, { verifiedBytes: 100 });
      const { warnings } = await log.open();
      await log.append(record);
      assertEquals([warnings.length, (await log.anchor()).records], [faults, 8 + faults]);
      if (faults) assertMatch(warnings[0], /line 7: /);
      await log.close();
    }
  }));

Deno.test("a member's head is compared with the log, and what is missing is told and recorded once", () =>
  withLog(async (path) => {
    const log = new AuditLog(path);
    await log.open();
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00", round: 1 } as const;
    await log.append(record);
    const held = await log.anchor();
    await log.append(record);
    assertEquals(await log.compare(held, "a member"), undefined);
    const lost = { records: 9, bytes: held.bytes * 9, digest: "a".repeat(64) };
    for (const strange of [lost, { ...lost, bytes: Number.MAX_SAFE_INTEGER, digest: "b".repeat(64) }]) {
      assertMatch((await log.compare(strange, "a member"))!, /must hold 9 records, it holds \d: a member holds its/);
      assertEquals(await log.compare(strange, "another member"), undefined);
    }
    await log.close();
    assertEquals(await verifyAuditLog(path), 4);
  }));

Deno.test("a file that is none, or goes on as something else, is left as it is and refused", () =>
  withLog(async (path) => {
    for (
      const text of ["no log\n", "x", `${"x".repeat(100_000)}\n`, "x".repeat(3_000_000), "\0\0\0\n", "{}\n", '{"a":1}']
    ) {
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(() => new AuditLog(path).open(), UserError, "must be an audit log");
      assertMatch(error.message, /\(.*audit\.jsonl\)$/);
      assertEquals(await Deno.readTextFile(path), text);
    }
    await Deno.remove(path);
    await write(path, [1, 2]);
    await Deno.writeTextFile(path, "x".repeat(3_000_000), { append: true });
    await assertRejects(() => new AuditLog(path).open(), UserError, "line 3)");
    assertEquals((await Deno.stat(path)).size > 3_000_000, true);
  }));

/** What somebody does to a log of three records while its peer runs, and what is told of it. */
const MEANWHILE: Record<string, { change: (path: string) => Promise<void>; told: RegExp }> = {
  "64 KiB of zeros are appended": {
    change: (path) => Deno.writeFile(path, new Uint8Array(65_536), { append: true }),
    told: /65536 bytes behind its record 3 were not, and are cut off/,
  },
  "a line is appended": {
    change: (path) => Deno.writeTextFile(path, '{"time":"1970"}\n', { append: true }),
    told: /16 bytes behind its record 3 were not/,
  },
  "the last line is cut off": {
    change: async (path) => await putLines(path, (await linesOf(path)).slice(0, 2)),
    told: /must hold 3 records, it holds 2: its peer, which runs, holds its record 3/,
  },
  "the last line is changed": {
    change: async (path) =>
      await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"round":3', '"round":4')),
    told: /must hold the record 3 that it held once, and holds another there/,
  },
  "it is deleted": { change: (path) => Deno.remove(path), told: /must hold 3 records, it holds 0/ },
  "it is replaced by an older copy": {
    change: async (path) => {
      const lines = await linesOf(path);
      await Deno.remove(path);
      await putLines(path, lines.slice(0, 1));
    },
    told: /must hold 3 records, it holds 1/,
  },
};

for (const [what, { change, told }] of Object.entries(MEANWHILE)) {
  for (const by of ["record", "anchor"]) {
    Deno.test(`${what} while its peer runs: told once, at the next ${by}, on record, and gone on with`, () =>
      withLog(async (path) => {
        const warnings: string[] = [];
        const log = new AuditLog(path, { warn: (message) => warnings.push(message) });
        await log.open();
        const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
        for (const round of [1, 2, 3]) await log.append({ ...record, round });
        await change(path);
        if (by === "anchor") await log.anchor();
        await log.append({ ...record, round: 4 });
        await log.append({ ...record, round: 5 });
        await log.close();
        assertEquals(warnings.length, 1, warnings.join("\n"));
        assertMatch(warnings[0], told);
        const lines = (await linesOf(path)).map((line) => JSON.parse(line));
        assertEquals(lines.slice(-3).map(({ kind, round }) => round ?? kind), ["break", 4, 5]);
        assertMatch(lines.at(-3).fault, told);
        assertEquals([await verifyAuditLog(path), await write(path, [])], [lines.length, []]);
      }));
  }
}

Deno.test("another file in the place of the log while its peer runs keeps everything from leaving", () =>
  withLog(async (path) => {
    const log = new AuditLog(path);
    await log.open();
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00", round: 1 } as const;
    await log.append(record);
    await Deno.writeTextFile(path, "something else\n");
    await assertRejects(() => log.append(record), UserError, "it is none");
    assertEquals(await Deno.readTextFile(path), "something else\n");
    await log.close();
  }));

Deno.test("zeros at the end, as a power cut leaves, are cut off and told however many they are", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    for (const zeros of [64, 70_000, 3_000_000]) {
      await Deno.writeFile(path, new Uint8Array(zeros), { append: true });
      await assertRejects(() => verifyAuditLog(path), UserError, "line 3");
      assertMatch((await write(path, [])).join(), new RegExp(`^an unfinished record, ${zeros} bytes`));
    }
    assertEquals(await verifyAuditLog(path), 2);
  }));
