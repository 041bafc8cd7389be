/** A member that serves its pieces one by one, each just in time; a real node is the member. */
import { assert, assertEquals } from "@std/assert";
import { AVERAGE_PROTOCOL } from "../../../src/mesh/averaging/server.ts";
import { none } from "../../../src/mesh/averaging/compression/none.ts";
import { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { makeBlob } from "../../../src/mesh/protocols/pieces.ts";
import { hostileMember } from "../_hostile_member.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];

const LENGTH = 25_000;
/** A piece comes within a step's time, all of them would take half a minute. */
const STEP = 2_000;
const BETWEEN = 500;
const PIECES = 98;

/** What it has to give, in many pieces. */
const encoded = none.open({ values: LENGTH, matrices: [] }).encode(new Float32Array(LENGTH));

/** Gives pieces of `blob` slowly, and tells when it is first asked for one; resolves when the other has had enough. */
async function serveSlowly(channel: FrameChannel, asked = () => {}): Promise<void> {
  const blob = await makeBlob(encoded, 1024);
  try {
    while (true) {
      const request = await channel.receiveMessage((value) => value as { type: string; index: number });
      if (request.type !== "piece") continue;
      asked();
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
      const start = 1024 * request.index;
      await channel.send({ kind: "bytes", payload: blob.data.subarray(start, start + 1024) });
    }
  } catch {
    // cut off
  }
}

async function withSlow(
  test: (context: Awaited<ReturnType<typeof slow>>) => Promise<void>,
  options: { cutAfter?: number } = {},
): Promise<void> {
  await using meshes = new Meshes();
  await using liar = await hostileMember(bob);
  await test(await slow(meshes, liar, options));
}

/** @param options.cutAfter milliseconds after which it ends an exchange itself; never, unless given */
async function slow(
  meshes: Meshes,
  liar: Awaited<ReturnType<typeof hostileMember>>,
  { cutAfter }: { cutAfter?: number },
) {
  const { mesh, log } = await meshes.start(alice, [alice, bob], { stepTimeout: STEP });
  mesh.averaging.initialise(new Float32Array(LENGTH), { layout: "l", mass: 1, round: 0 });
  const served = { offers: 0 };
  const { manifest } = await makeBlob(encoded, 1024);
  await liar.node.handle(AVERAGE_PROTOCOL, async (stream) => {
    const channel = new FrameChannel(stream);
    const cut = cutAfter === undefined ? undefined : setTimeout(() => stream.abort(new Error("enough")), cutAfter);
    try {
      const { reference } = await channel.receiveMessage((value) => value as { reference: string });
      served.offers++;
      await channel.sendMessage({ type: "accept", reference, planned: false });
      await channel.sendMessage({ type: "state", mass: 1, round: 0, manifest });
      await serveSlowly(channel);
    } catch {
      // cut off
    } finally {
      clearTimeout(cut);
    }
  });
  return { mesh, log, liar, served, manifest };
}

Deno.test("an exchange in which each piece comes in time, and all together never would, is given up as a whole", () =>
  withSlow(async ({ mesh, log, liar, served }) => {
    await liar.join(mesh);
    await log.wait("peer-joined", bob.peerId);
    const began = performance.now();
    const result = await mesh.averaging.step({ step: 0, steps: 10 });
    assert(performance.now() - began < PIECES * BETWEEN / 4, "long before all pieces have come");
    assertEquals(result.partners, []);
    await log.warning("averaging: the exchange as a whole: not done within ");
    // hung up on: it comes again, and the second time is a habit
    await liar.join(mesh);
    await mesh.averaging.step({ step: 1, steps: 10 });
    await liar.join(mesh);
    assertEquals(served.offers, 2);
    await log.warning("averaging: what is begun with it is not done in time: it is left alone for ");
    assertEquals(await mesh.averaging.exchange(), { skipped: "no member is connected" });
    assertEquals(served.offers, 2, "it is left alone now");
  }));

Deno.test("who begins exchanges and stretches them holds no step for longer than the patience, and is told to come later", () =>
  withSlow(async ({ mesh, log, liar, manifest }) => {
    await liar.node.unhandle(AVERAGE_PROTOCOL); // it only asks
    const connection = await liar.join(mesh);
    await log.wait("peer-joined", bob.peerId);
    const offer = { type: "offer", layout: "l", values: LENGTH, compression: "none", reference: "", patient: false };
    const stretch = async (asked?: () => void) => {
      const channel = await liar.open(connection, AVERAGE_PROTOCOL);
      await channel.sendMessage(offer);
      const answer = await channel.receiveMessage((value) => value as { type: string });
      if (answer.type !== "accept") return answer.type;
      await channel.sendMessage({ type: "state", mass: 1, round: 0, manifest });
      await channel.sendMessage({ type: "pulled" });
      await serveSlowly(channel, asked);
      return "cut off";
    };
    const underWay = Promise.withResolvers<void>();
    const first = stretch(underWay.resolve);
    await underWay.promise;
    const began = performance.now();
    const { partners } = await mesh.averaging.step({ step: 0, steps: 10 });
    assert(performance.now() - began < PIECES * BETWEEN / 4);
    assertEquals(partners, []);
    assertEquals([await first, await stretch(), await stretch()], ["cut off", "cut off", "busy"]);
  }));

Deno.test("who ends what it stretches just before the limit, on a line that stays, is left alone as well", () =>
  withSlow(async ({ mesh, log, liar, served }) => {
    await liar.join(mesh);
    await log.wait("peer-joined", bob.peerId);
    for (let k = 0; k < 2; k++) await mesh.averaging.exchange();
    assertEquals(served.offers, 2);
    await log.warning("averaging: what is begun with it is not done in time: it is left alone for ");
    assertEquals(await mesh.averaging.exchange(), { skipped: "no member is connected" });
  }, { cutAfter: 2_000 }));
