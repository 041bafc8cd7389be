import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { followed } from "../../src/cli/followers.ts";
import type { PeerEvent } from "../../src/peer/events.ts";

const FOLDERS = (directory: string) => ({ name: "north", stateDirectory: directory, outputDirectory: directory });

Deno.test("events go to the display, and to the log and the curves that the configuration has", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const events: PeerEvent[] = [];
    const display = { handle: (event: PeerEvent) => events.push(event), close() {} };
    const file = join(directory, "peer.log");
    const records = { curves: true, log: { file, format: "json" as const, size: 1, files: 2 } };
    const peer = await followed({ ...FOLDERS(directory), records }, display);
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
    const peer = await followed({ ...FOLDERS(directory), records: { curves: false } }, display);
    peer.emit({ type: "round", round: 1, rounds: 2, loss: 0.5, health: null, partners: [] });
    peer.close();
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("whoever has the token is told the metrics of the page's peer, and nobody else", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  const token = "0123456789abcdef";
  const told: PeerEvent[] = [];
  const display = { handle: (event: PeerEvent) => told.push(event), close() {} };
  const web = { listen: "127.0.0.1:0", token, hosts: [] };
  const peer = await followed({ ...FOLDERS(directory), records: { curves: false }, web }, display);
  try {
    peer.emit({ type: "round", round: 1, rounds: 2, loss: 0.5, health: null, partners: [] });
    const [, url] = told.flatMap((event) => event.type === "note" ? event.message.match(/(http:\S+)/)! : []);
    const scrape = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}metrics`, { headers });
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
    };
    assertEquals((await scrape({})).status, 401);
    const { status, type, text } = await scrape({ Authorization: `Bearer ${token}` });
    assertEquals([status, type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
    assertStringIncludes(text, 'syncytium_round_loss{training="pretraining"} 0.5\n');
  } finally {
    peer.close();
    await Deno.remove(directory, { recursive: true });
  }
});
