import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { audit } from "../../src/cli/audit.ts";
import { UserError } from "../../src/core/errors.ts";
import { signAuditHead } from "../../src/mesh/anchors/audit_head.ts";
import { AnchorBook } from "../../src/mesh/anchors/book.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { AuditLog } from "../../src/peer/audit/audit_log.ts";
import { withDirectory } from "../peer/_site.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** Writes a log of `records` and returns its path; nothing lies beside it where it is not anchored. */
async function makeLog(directory: string, records: number, { anchored = true } = {}): Promise<string> {
  const path = join(directory, "audit.jsonl");
  const log = new AuditLog(path);
  await log.open();
  for (let round = 1; round <= records; round++) {
    const time = Date.UTC(2026, 0, 1, 0, 0, round);
    await log.append({ time, kind: "weights", peer: "12D3", bytes: 10, digest: "00", round });
  }
  await log.close();
  if (!anchored) await Deno.remove(join(directory, "audit.head.json"));
  return path;
}

/** What the command prints, and the error that it ends with. */
async function run(...args: string[]): Promise<{ out: string; error?: string }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  try {
    await audit.run(args);
    return { out: lines.join("\n") };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { out: lines.join("\n"), error: error.message };
  } finally {
    console.log = log;
  }
}

Deno.test("audit prints the head, and the same as JSON", () =>
  withDirectory(async (directory) => {
    const path = await makeLog(directory, 3);
    const head = JSON.parse(await Deno.readTextFile(join(directory, "audit.head.json")));
    const text = await run(path);
    assertEquals(text.error, undefined);
    assertMatch(text.out, /audit\.jsonl: 3 records, the chain is whole\n/);
    assertMatch(text.out, new RegExp(`\nhead +record 3, digest ${head.digest}\nwritten +2026-01-01T00:00:03.000Z\n`));
    assertMatch(text.out, /\nanchor +record 3 in .*audit\.head\.json: held$/);
    assertEquals(JSON.parse((await run(path, "--json")).out), {
      file: path,
      ...head,
      time: "2026-01-01T00:00:03.000Z",
      unfinished: 0,
      anchors: [{ by: join(directory, "audit.head.json"), ...head, held: true }],
      faults: [],
      further: 0,
    });
  }));

Deno.test("a log by itself has its head to compare, and audit says that no anchor was there", () =>
  withDirectory(async (directory) => {
    const { out, error } = await run(await makeLog(directory, 3, { anchored: false }));
    assertEquals(error, undefined);
    assertMatch(
      out,
      /\nanchor +none: a cut or changed end is seen only by comparing this head with one from elsewhere/,
    );
  }));

/** What is done to the text of a log of three records, and what audit says of it. */
const FAULTS: [what: string, change: (text: string) => string, error: RegExp, anchored?: boolean][] = [
  ["an unfinished last line", (text) => text.slice(0, -20), /last line .* is unfinished \(.*, line 3: \d+ bytes\)$/],
  ["a cut last line", (text) => text.split("\n").slice(0, 2).join("\n") + "\n", /hold 3 records, it holds 2: /, true],
  ["an edited last line", (text) => text.replace('"round":3', '"round":4'), /record 3 .* holds another there/, true],
  ["a last line that was set anew", (text) => text.replace('"round":3', '"round": 3'), /line 3\)$/],
  ["an empty file", () => "", /it is empty, and no anchor says that it was so/],
  ["an empty file that once held records", () => "", /must hold 3 records, it holds 0/, true],
  ["a byte order mark", (text) => "\uFEFF" + text, /byte order mark; it was edited \(.*, line 1\), and 1 more$/],
  ["line breaks of Windows", (text) => text.replaceAll("\n", "\r\n"), /carriage return; .*, line 1\), and 4 more$/],
  ["an empty line", (text) => text.replace("\n", "\n\n"), /each line must be a JSON object .*, line 2\), and 1 more$/],
  ["a line that is no object", (text) => text.replace("\n", "\n5\n"), /JSON object .*, line 2\), and 1 more$/],
  ["a line that is no text", () => "\xff\n", /must be an audit log, .*; it is none/],
  ["another file", () => '{"name":"site"}\n', /must be an audit log, .*; it is none/],
];

for (const [what, change, error, anchored = false] of FAULTS) {
  Deno.test(`audit tells ${what}`, () =>
    withDirectory(async (directory) => {
      const path = await makeLog(directory, 3, { anchored });
      const changed = change(await Deno.readTextFile(path));
      await Deno.writeFile(
        path,
        what.endsWith("no text") ? Uint8Array.of(0xff, 10) : new TextEncoder().encode(changed),
      );
      assertMatch((await run(path)).error ?? "none", error);
      assertEquals(await Deno.readTextFile(path).then((text) => text.length > 0), changed !== "");
    }));
}

Deno.test("a deleted log is told by what anchors it, a missing one and a folder by what they are", () =>
  withDirectory(async (directory) => {
    const path = await makeLog(directory, 3);
    await Deno.remove(path);
    assertMatch((await run(path)).error!, /the log must exist, it was deleted or moved: .* holds its record 3 \(/);
    assertMatch((await run(join(directory, "none.jsonl"))).error!, /the file must exist \(.*none\.jsonl\)$/);
    assertMatch((await run(directory)).error!, /^verifying the audit log: /);
  }));

Deno.test("what another member holds finds a cut though everything beside the log was cut with it", () =>
  withDirectory(async (directory) => {
    const path = await makeLog(directory, 3);
    const { peerId, privateKey } = await loadIdentity(directory);
    const head = JSON.parse(await Deno.readTextFile(join(directory, "audit.head.json")));
    const signed = await signAuditHead({ peerId, privateKey }, "test", { ...head, epoch: 1, sequence: 1 });
    const members = join(directory, "anchors.json");
    const book = new AnchorBook(members, "test");
    book.take(peerId, signed, 0);
    await book.flush();
    const { out, error } = await run(path, "--anchors", members);
    assertEquals(error, undefined);
    assertMatch(out, /\nanchor +record 3 in .*anchors\.json: held/);

    const lines = (await Deno.readTextFile(path)).split("\n");
    await Deno.writeTextFile(path, lines.slice(0, 2).join("\n") + "\n");
    await Deno.remove(join(directory, "audit.head.json"));
    assertEquals((await run(path)).error, undefined);
    const cut = /must hold 3 records, it holds 2: .*anchors\.json holds its record 3/;
    assertMatch((await run(path, "--anchors", members)).error!, cut);
    await Deno.rename(join(directory, "identity.key"), join(directory, "elsewhere.key"));
    assertMatch((await run(path, "--anchors", members)).error!, /--peer must say whose log it is/);
    assertMatch((await run(path, "--anchors", members, "--peer", peerId)).error!, cut);
    assertMatch((await run(path, "--anchors", members, "--peer", "12D3")).error!, /must hold a head of 12D3; it holds/);
    await Deno.writeTextFile(members, (await Deno.readTextFile(members)).replaceAll('"records": 3', '"records": 2'));
    assertMatch((await run(path, "--anchors", members, "--peer", peerId)).error!, /must be signed by its site/);
    assertMatch((await run(path, "--anchors", path, "--peer", peerId)).error!, /^reading anchors of audit logs: /);
  }));

Deno.test("a break that is on record is told as long as the log lives", () =>
  withDirectory(async (directory) => {
    const path = await makeLog(directory, 3);
    await Deno.remove(path);
    await makeLog(directory, 5);
    const { out, error } = await run(path);
    assertMatch(out, /6 records, not whole/);
    assertMatch(error!, /a break is on record: .*must hold 3 records, it holds 0.*, line 1\)$/);
  }));

Deno.test("audit ends with 0 for a whole log and 1 for one that is not, the sentence on stderr, JSON on stdout", () =>
  withDirectory(async (directory) => {
    const path = await makeLog(directory, 3);
    const call = async () => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-read", join(root, "src/cli/audit.ts"), path, "--json"],
        ...{ cwd: root, env: { NO_COLOR: "1" } },
      }).output();
      const text = new TextDecoder();
      return { code, json: JSON.parse(text.decode(stdout)), lines: text.decode(stderr).trimEnd().split("\n") };
    };
    assertEquals((await call()).code, 0);
    await Deno.truncate(path, 100);
    const { code, json, lines } = await call();
    assertEquals([code, json.records, json.faults.length, lines.length], [1, 0, 2, 1]);
    assertMatch(lines[0], /^error: verifying the audit log: .*, and 1 more$/);
  }));
