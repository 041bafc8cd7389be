import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { followed } from "../../src/cli/followers.ts";
import type { PeerEvent } from "../../src/peer/events.ts";

Deno.test("events go to the display, and to the log and the curves that the configuration has", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const events: PeerEvent[] = [];
    const display = { handle: (event: PeerEvent) => events.push(event), close() {} };
    const file = join(directory, "peer.log");
    const records = { curves: true, log: { file, format: "json" as const, size: 1, files: 2 } };
    const peer = followed({ name: "north", outputDirectory: directory, records }, display);
    peer.emit({ type: "note", message: "hello" });
    peer.emit({ type: "round", round: 1, rounds: 2, loss: 0.5, health: null, partners: [] });
    peer.close();
    assertEquals(events.map(({ type, peer }) => [type, peer]), [["note", "north"], ["round", "north"]]);
    const [first] = (await Deno.readTextFile(file)).split("\n");
    assertEquals(JSON.parse(first).message, "hello");
    assertMatch(await Deno.readTextFile(join(directory, "curves.csv")), /^.*,1,,pretraining\/round_loss,0.5$/m);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a configuration that has neither leaves nothing behind", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const display = { handle() {}, close() {} };
    const peer = followed({ name: "north", outputDirectory: directory, records: { curves: false } }, display);
    peer.emit({ type: "round", round: 1, rounds: 2, loss: 0.5, health: null, partners: [] });
    peer.close();
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
