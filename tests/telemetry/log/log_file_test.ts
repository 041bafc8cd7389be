import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import type { PeerEvent } from "../../../src/peer/events.ts";
import { followWithLog } from "../../../src/telemetry/log/log_file.ts";

const note = (message: string): PeerEvent => ({ type: "note", message, peer: "north", time: 0 });

/** A log whose lines are the notes. */
const lines = (write: (text: string) => void) => ({
  handle: (event: PeerEvent) => event.type === "note" && write(`${event.message}\n`),
  close() {},
});

async function withDirectory(test: (directory: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const settings = (file: string, files: number) => ({ file, format: "text" as const, size: 1, files });

Deno.test("that a file of the log is deleted stands in the log", () =>
  withDirectory((directory) => {
    const file = join(directory, "peer.log");
    const follower = followWithLog({
      ...{ settings: settings(file, 2), stateDirectory: "state" },
      lines,
      note: (message) => follower.handle(note(message)),
      warn: () => {},
    });
    const large = "x".repeat(700_000);
    for (const text of [large, large, large]) follower.handle(note(text));
    follower.close();
    const last = Deno.readTextFileSync(file).split("\n").at(-2)!.slice(-200);
    assertMatch(last, /^deleted the oldest file of the log, .*peer\.log\.1: records\.log\.files$/);
  }));

const silent = { lines, note: () => {}, warn: () => {} };

Deno.test("a log that cannot be opened is refused before the peer starts", () =>
  withDirectory((directory) => {
    const file = join(directory, "file");
    Deno.writeTextFileSync(file, "");
    const open = () =>
      followWithLog({ settings: settings(join(file, "peer.log"), 2), stateDirectory: "state", ...silent });
    assertThrows(open, UserError, '"records.log.file" must be a file that can be written');
  }));

Deno.test("the log's folder is made, that of state for nobody else", () =>
  withDirectory((directory) => {
    const stateDirectory = join(directory, "state");
    const modes = ["results", "state"].map((folder) => {
      followWithLog({ settings: settings(join(directory, folder, "peer.log"), 2), stateDirectory, ...silent }).close();
      return Deno.statSync(join(directory, folder)).mode! & 0o077;
    });
    assertNotEquals(modes[0], 0);
    assertEquals(modes[1], 0);
  }));

Deno.test("a log that cannot be written later on is told once, also if the warning comes back to it", () =>
  withDirectory((directory) => {
    const warnings: string[] = [];
    const follower = followWithLog({
      ...{ settings: settings(join(directory, "peer.log"), 2), stateDirectory: "state" },
      lines,
      note: () => {},
      warn: (message) => {
        warnings.push(message);
        follower.handle(note(message));
      },
    });
    follower.close(); // stands for a disk that fails
    follower.handle(note("a"));
    follower.handle(note("b"));
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /^the log cannot be written: .*peer\.log$/);
  }));
