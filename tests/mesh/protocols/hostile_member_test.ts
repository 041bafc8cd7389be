/** What a member can have another hold or write down by ever new streams and requests; a real node is the member. */
import { assertEquals } from "@std/assert";
import { AVERAGE_PROTOCOL } from "../../../src/mesh/averaging/server.ts";
import { FEATURES_PROTOCOL } from "../../../src/mesh/features/exchange.ts";
import { HEAD_PROTOCOL } from "../../../src/mesh/heads/heads.ts";
import { HELD_BYTES } from "../../../src/mesh/protocols/byte_budget.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { WIRE_VERSION } from "../../../src/mesh/protocols/frame.ts";
import { PIECE_BYTES } from "../../../src/mesh/protocols/pieces.ts";
import type { AuditRecord } from "../../../src/mesh/protocols/traffic.ts";
import { hostileMember } from "../_hostile_member.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];
const VALUES = PIECE_BYTES / 4;

async function withMember(
  test: (context: Awaited<ReturnType<typeof joined>> & { records: AuditRecord[] }) => Promise<void>,
) {
  await using meshes = new Meshes();
  await using liar = await hostileMember(bob);
  const records: AuditRecord[] = [];
  await test({ ...await joined(meshes, liar, records), records });
}

async function joined(
  meshes: Meshes,
  liar: Awaited<ReturnType<typeof hostileMember>>,
  records: AuditRecord[],
) {
  const { mesh, log } = await meshes.start(alice, [alice, bob], { audit: (record) => void records.push(record) });
  mesh.averaging.initialise(new Float32Array(VALUES), { layout: "l", mass: 1, round: 0 });
  const connection = await liar.join(mesh);
  await log.wait("peer-joined", bob.peerId);
  return { mesh, log, liar, connection };
}

Deno.test("frames that never become whole are held up to the budget of a member, over all its streams", () =>
  withMember(async ({ log, liar, connection }) => {
    const begun = new Uint8Array(41);
    begun.set([WIRE_VERSION, 2]);
    new DataView(begun.buffer).setUint32(4, PIECE_BYTES);
    const streams = [];
    for (let i = 0; i < 40; i++) {
      const stream = await liar.stream(connection, i % 2 ? HEAD_PROTOCOL : FEATURES_PROTOCOL);
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.addEventListener("close", () => resolve());
      stream.send(begun);
      streams.push({ stream, closed: promise });
    }
    const most = HELD_BYTES / PIECE_BYTES;
    await log.warning(`the remote has ${HELD_BYTES} bytes held over all its streams`);
    await Promise.all(streams.slice(most).map(({ closed }) => closed));
    assertEquals(streams.filter(({ stream }) => stream.status === "open").length, most);
    // what is given up is held no more
    for (const { stream } of streams) stream.abort(new Error("the test ends"));
    const channel = await liar.open(connection, HEAD_PROTOCOL);
    await channel.sendMessage({ type: "heads", known: {} });
    await channel.receive();
  }));

Deno.test("a member that fetches again and again without taking a piece has one giving, and a few lines in the audit log", () =>
  withMember(async ({ liar, connection, records }) => {
    const answers: string[] = [];
    const channels: FrameChannel[] = [];
    for (let i = 0; i < 30; i++) {
      const channel = await liar.open(connection, AVERAGE_PROTOCOL);
      await channel.sendMessage({ type: "fetch", layout: "l", values: VALUES, kept: [] });
      answers.push((await channel.receiveMessage((value) => value as { type: string })).type);
      channels.push(channel);
    }
    assertEquals(answers.filter((type) => type === "state").length, 8);
    assertEquals(answers.slice(8), Array(22).fill("busy"));
    assertEquals(records.length, 8);
    // the latest goes on, the earlier ones were ended for it
    const piece = async (channel: FrameChannel) => {
      await channel.sendMessage({ type: "piece", index: 0 });
      return (await channel.receiveBytes()).payload.length;
    };
    assertEquals(await piece(channels[7]), PIECE_BYTES);
    assertEquals(await piece(channels[6]).catch(() => "ended"), "ended");
  }));

Deno.test("late peers share one snapshot of a round", async () => {
  const carol = await newIdentity();
  await using meshes = new Meshes();
  await using first = await hostileMember(bob);
  await using second = await hostileMember(carol);
  const { mesh, log } = await meshes.start(alice, [alice, bob, carol]);
  mesh.averaging.initialise(new Float32Array(VALUES), { layout: "l", mass: 1, round: 0 });
  const given: unknown[] = [];
  mesh.averaging.serveOptimiser(() => {
    given.push("optimiser");
    return undefined;
  });
  for (const member of [first, second]) {
    const connection = await member.join(mesh);
    await log.wait("peer-joined", (member === first ? bob : carol).peerId);
    const channel = await member.open(connection, AVERAGE_PROTOCOL);
    await channel.sendMessage({ type: "fetch", layout: "l", values: VALUES, kept: [] });
    assertEquals((await channel.receiveMessage((value) => value as { type: string })).type, "state");
  }
  assertEquals(given.length, 1);
});

Deno.test("a member that asks for one release again and again is given it a few times", () =>
  withMember(async ({ mesh, liar, connection, records }) => {
    const release = { features: Float32Array.of(1), partitions: Int32Array.of(0) };
    await mesh.features.release({ round: 0, ...release });
    const ask = async () => {
      const channel = await liar.open(connection, FEATURES_PROTOCOL);
      await channel.sendMessage({ type: "want" });
      return (await channel.receiveMessage((value) => value as { type: string })).type;
    };
    for (let i = 0; i < 30; i++) await ask();
    assertEquals(records.length, 9);
    assertEquals(await ask(), "none");
    await mesh.features.release({ round: 1, ...release });
    assertEquals(await ask(), "features", "a new one is given");
  }));
