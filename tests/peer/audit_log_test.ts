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
