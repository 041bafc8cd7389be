import { assertEquals, assertMatch } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { type AnchorFile, readAnchorFile } from "../../../src/mesh/anchors/book.ts";
import { signAuditHead } from "../../../src/mesh/anchors/audit_head.ts";
import type { AnchoredLog } from "../../../src/mesh/anchors/spread.ts";
import { until } from "../_connections.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";
import { channelPair } from "../_streams.ts";
import { withDirectory } from "../../peer/_site.ts";
import { headOf, makeSite, meet } from "./_sites.ts";

const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];

Deno.test("members hold each other's heads over restarts, and tell each other what they hold", () =>
  withDirectory(async (directory) => {
    const [a, b] = ["a.json", "b.json"].map((name) => join(directory, name));
    const here = await makeSite(alice, { path: a, head: headOf(5) });
    const there = await makeSite(bob, { path: b, head: headOf(7, "b") });
    await meet(here, there);
    assertEquals([here.told, there.told], [[], []]);
    await Promise.all([here, there].map(({ spread }) => spread.stop()));
    // alice's process ends; bob has lost everything but his key
    const again = await makeSite(alice, { path: a, head: headOf(9), epoch: 2 });
    const anew = await makeSite(bob, { path: `${b}.new`, head: headOf(0, "0"), epoch: 2 });
    await meet(again, anew);
    assertEquals(anew.told, [{ peer: alice.peerId, head: headOf(7, "b") }]);
    assertEquals(again.told, []);
    assertEquals([anew.warnings, again.warnings.length, again.warnings[0].peer], [[], 1, bob.peerId]);
    assertMatch(again.warnings[0].message, /^its audit log holds 0 records, where it had announced 7 on 20/);
    await Promise.all([again, anew].map(({ spread }) => spread.stop()));
    assertEquals((await readAnchorFile(a)).peers[bob.peerId].furthest.head.records, 7);
  }));

Deno.test("a log that was set back stays held against its site until it is further, and is told of once", () =>
  withDirectory(async (directory) => {
    const here = await makeSite(alice, { path: join(directory, "a.json"), head: headOf(1) });
    const lives = [headOf(7, "b"), headOf(2, "c"), headOf(3, "d"), headOf(8, "e")];
    const told: number[][] = [];
    for (const [i, head] of lives.entries()) {
      const there = await makeSite(bob, { path: join(directory, "b.json"), head, epoch: i + 1 });
      await meet(here, there);
      told.push(there.told.map(({ head }) => head.records));
      await there.spread.stop();
    }
    assertEquals(told, [[], [7], [7], [7]]);
    assertEquals(here.warnings.length, 1);
    assertEquals(here.book.get(bob.peerId)?.furthest.head.records, 8);
    await here.spread.stop();
  }));

Deno.test("another record at the same place is told of", () =>
  withDirectory(async (directory) => {
    const here = await makeSite(alice, { path: join(directory, "a.json") });
    for (const [epoch, name] of [[1, "b"], [2, "c"]] as const) {
      await meet(here, await makeSite(bob, { path: join(directory, `${name}.json`), head: headOf(7, name), epoch }));
    }
    assertMatch(here.warnings[0].message, /^its audit log holds another record 7 than it had announced on 20/);
    await here.spread.stop();
  }));

Deno.test("a head that comes late is not taken for a log that was set back", () =>
  withDirectory(async (directory) => {
    const [here, there] = [
      await makeSite(alice, { path: join(directory, "a.json") }),
      await makeSite(bob, { path: join(directory, "b.json"), head: headOf(5, "b") }),
    ];
    const { a, b } = await channelPair();
    const late = there.spread.swap(b, alice.peerId); // gives the head of 5
    there.head = headOf(6, "c");
    await meet(here, there);
    await Promise.all([here.spread.swap(a, bob.peerId), late]);
    assertEquals([here.warnings, here.book.get(bob.peerId)?.latest.head.records], [[], 6]);
    await here.spread.stop();
  }));

Deno.test("a member cannot hold against a site what it never said, and is blamed for it once", () =>
  withDirectory(async (directory) => {
    const there = await makeSite(bob, { path: join(directory, "b.json"), head: headOf(2, "b") });
    const forged = [
      await signAuditHead(carol, "test", { ...headOf(99, "f"), epoch: 1, sequence: 1 }),
      await signAuditHead(bob, "another", { ...headOf(99, "f"), epoch: 1, sequence: 1 }), // of another consortium
      { ...await signAuditHead(bob, "test", { ...headOf(2, "b"), epoch: 1, sequence: 1 }), records: 99 },
    ];
    for (const held of forged) {
      const { a, b } = await channelPair();
      const honest = there.spread.swap(b, alice.peerId);
      await a.sendMessage({ type: "audit-heads", own: held, held });
      await honest;
    }
    assertEquals(there.told, []);
    assertEquals(there.warnings.map(({ peer }) => peer), [alice.peerId]);
    assertEquals(there.book.get(alice.peerId), undefined);
  }));

Deno.test("a head is given again only when it has moved, and a member that does not speak the protocol is asked once", () =>
  withDirectory(async (directory) => {
    const calls: string[] = [];
    const partner = await makeSite(bob, { path: join(directory, "b.json") });
    const here = await makeSite(alice, {
      path: join(directory, "a.json"),
      head: headOf(1),
      present: [bob.peerId, carol.peerId],
      use: async (peer, work) => {
        calls.push(peer);
        if (peer === carol.peerId) throw Object.assign(new Error("no"), { name: "UnsupportedProtocolError" });
        const { a, b } = await channelPair();
        await Promise.all([work(a), partner.spread.swap(b, alice.peerId)]);
      },
    });
    await here.spread.announce();
    await here.spread.announce();
    assertEquals(calls.sort(), [bob.peerId, carol.peerId].sort());
    here.head = headOf(2, "b");
    await here.spread.announce();
    assertEquals(calls.slice(2), [bob.peerId]);
    assertEquals(partner.book.get(alice.peerId)?.latest.head.records, 2);
    assertEquals(here.warnings, []);
    await Promise.all([here, partner].map(({ spread }) => spread.stop()));
  }));

Deno.test("a member that breaks off before it answers is given the head again", () =>
  withDirectory(async (directory) => {
    let calls = 0;
    const here = await makeSite(alice, {
      path: join(directory, "a.json"),
      head: headOf(1),
      present: [bob.peerId],
      use: async (_peer, work) => {
        const { a, b } = await channelPair();
        const swapped = work(a);
        await b.receiveMessage((value) => value);
        if (++calls === 1) b.abort(new Error("it breaks off"));
        else await b.sendMessage({ type: "audit-heads" });
        await swapped;
      },
    });
    for (let round = 1; round <= 3; round++) await here.spread.announce();
    assertEquals(calls, 2);
    await here.spread.stop();
  }));

Deno.test("peers hold each other's heads as they meet and after each announcement, and tell one that lost its state", () =>
  withDirectory(async (directory) => {
    await using meshes = new Meshes();
    const bootstrap: string[] = [];
    const start = (identity: typeof alice, state: string, auditLog: AnchoredLog) =>
      meshes.start(identity, [alice, bob], { bootstrap, stateDirectory: join(directory, state), auditLog });
    for (const state of ["a", "b", "c"]) await Deno.mkdir(join(directory, state));
    const { mesh: a, log } = await start(alice, "a", { anchored: () => undefined, told: () => {} });
    bootstrap.push(...a.addresses());
    let head = headOf(5);
    const { mesh: b, log: bobs } = await start(bob, "b", { anchored: () => head, told: () => {} });
    await bobs.wait("peer-joined", alice.peerId);
    const held = join(directory, "a", "anchors.json");
    await until(() => recordsHeld(held, bob.peerId) === 5, "waiting for the head that goes with the meeting");
    head = headOf(7, "b");
    await b.anchorAuditLog();
    // it does not wait for ever, and a member has taken a head a little after it was given
    await until(() => recordsHeld(held, bob.peerId) === 7, "waiting for the head that was announced");
    await b.stop();
    const told = Promise.withResolvers<{ peer: string; records: number }>();
    await start(bob, "c", {
      anchored: () => headOf(1, "c"),
      told: (peer, { records }) => void told.resolve({ peer, records }),
    });
    assertEquals(await told.promise, { peer: alice.peerId, records: 7 });
    const { peer } = await log.warning("its audit log holds 1 records, where it had announced 7");
    assertEquals(peer, bob.peerId);
    await a.stop();
    assertEquals((await readAnchorFile(held)).peers[bob.peerId].latest.head.records, 1);
  }));

/** What a site that keeps its anchors in `path` holds of `peer`: undefined as long as it holds nothing. */
function recordsHeld(path: string, peer: string): number | undefined {
  const isThere = [...Deno.readDirSync(dirname(path))].some(({ name }) => name === basename(path));
  if (!isThere) return undefined;
  const { peers }: AnchorFile = JSON.parse(Deno.readTextFileSync(path));
  return peers[peer]?.latest.head.records;
}
