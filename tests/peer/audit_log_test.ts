import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { AuditLog, verifyAuditLog } from "../../src/peer/audit_log.ts";

async function withLog(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(join(directory, "audit.jsonl"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function write(path: string, rounds: number[]): Promise<void> {
  const log = new AuditLog(path);
  await log.open();
  const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
  await Promise.all(rounds.map((round) => log.append({ ...record, round })));
  await log.close();
}

Deno.test("the chain goes on over a restart", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    await write(path, [3]);
    assertEquals(await verifyAuditLog(path), 3);
    const rounds = (await Deno.readTextFile(path)).trim().split("\n").map((line) => JSON.parse(line).round);
    assertEquals(rounds, [1, 2, 3]);
  }));

Deno.test("a changed line breaks the chain at the line after it", () =>
  withLog(async (path) => {
    await write(path, [1, 2, 3]);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"round":2', '"round":7'));
    await assertRejects(() => verifyAuditLog(path), UserError, "line 3");
  }));

Deno.test("a line cut short by a kill is dropped and the chain goes on", () =>
  withLog(async (path) => {
    await write(path, [1, 2]);
    await Deno.writeTextFile(path, '{"time":"1970', { append: true });
    await write(path, [3]);
    assertEquals(await verifyAuditLog(path), 3);
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
