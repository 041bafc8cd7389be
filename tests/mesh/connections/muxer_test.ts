/** Streams between this program and others that keep to yamux's specification, or did not in an earlier version. */
import { assertEquals } from "@std/assert";
import { AVERAGE_PROTOCOL } from "../../../src/mesh/averaging/server.ts";
import { PIECE_BYTES } from "../../../src/mesh/protocols/pieces.ts";
import { hostileMember } from "../_hostile_member.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];
const VALUES = 3 * PIECE_BYTES / 4;

for (
  const [who, window] of [["as its specification says", 256 * 1024], ["as earlier versions did", 1024 * 1024]] as const
) {
  Deno.test(`a remote that counts windows ${who} takes and gives whole pieces over fresh streams`, async () => {
    await using meshes = new Meshes();
    const { mesh, log } = await meshes.start(alice, [alice, bob]);
    mesh.averaging.initialise(new Float32Array(VALUES), { layout: "l", mass: 1, round: 0 });
    await using member = await hostileMember(bob, { window });
    const connection = await member.join(mesh);
    await log.wait("peer-joined", bob.peerId);

    const taking = await member.open(connection, AVERAGE_PROTOCOL);
    await taking.sendMessage({ type: "fetch", layout: "l", values: VALUES, kept: [] });
    await taking.receive();
    for (const index of [0, 1, 2]) await taking.sendMessage({ type: "piece", index });
    for (let i = 0; i < 3; i++) assertEquals((await taking.receiveBytes()).payload.length, PIECE_BYTES);

    const giving = await member.open(connection, AVERAGE_PROTOCOL);
    const tooMuch = new Uint8Array(PIECE_BYTES - 1_000);
    // nobody asked for it: the stream is reset for that, and the connection stays
    await giving.send({ kind: "bytes", payload: tooMuch }).catch(() => {});
    await giving.receive().catch(() => {});
    assertEquals(connection.status, "open");
    assertEquals(mesh.members()[0].admitted, true);
  });
}
