/** Members and collectors that do not keep to the protocol, over streams in memory. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import type { FrameChannel } from "../../../../src/mesh/protocols/channel.ts";
import { makeBlob, parseManifest, pullBlob, serveBlob } from "../../../../src/mesh/protocols/pieces.ts";
import { UnsoundError } from "../../../../src/mesh/averaging/_messages.ts";
import { VoidSumError } from "../../../../src/mesh/averaging/secure/_errors.ts";
import { collectFrom } from "../../../../src/mesh/averaging/secure/collecting.ts";
import { giveTo } from "../../../../src/mesh/averaging/secure/giving.ts";
import { newSeed } from "../../../../src/mesh/averaging/secure/masks.ts";
import { Part } from "../../../../src/mesh/averaging/secure/part.ts";
import { bytesOfRing } from "../../../../src/mesh/averaging/secure/ring.ts";
import { confirmationOf, openRoster } from "../../../../src/mesh/averaging/secure/roster.ts";
import { Session } from "../../../../src/mesh/averaging/secure/session.ts";
import { channelPair } from "../../_streams.ts";
import { attemptOf, identities } from "./_parts.ts";

const VALUES = 16;
const attempt = attemptOf(VALUES);
const belongs = new Set(identities.map(({ peerId }) => peerId));
const rules = { belongs, least: 3 };
const [collector, member, third] = identities;
const own = { vector: new Float32Array(VALUES).fill(0.5), mass: 1, round: 4 };

const begin = (identity: typeof member) => Part.begin(attempt, { mass: 1, range: 0 }, identity);

const give = (channel: FrameChannel, part: Part) =>
  giveTo(channel, { attempt, part, own }, {
    ...{ audit: () => {}, patience: 1_000, stepTimeout: 5_000, longest: () => 10_000, rules, signer: member },
  });

const next = (channel: FrameChannel) => channel.receiveMessage((value) => value as Record<string, unknown>);

/** A member, with its vector given, before a collector that has all parts, and shows `signatures`. */
async function confirmed(signatures: (confirmation: Uint8Array, own: string) => Promise<string[]>) {
  const { a, b } = await channelPair();
  const parts = await Promise.all([collector, member, third].map(begin));
  const given = give(a, parts[1]);
  given.catch(() => {});
  await next(b);
  const members = parts.map(({ entry }) => entry);
  const roster = await openRoster(attempt, members, { ...rules, own: members[0] });
  await b.sendMessage({ type: "roster", members });
  const { manifest } = await next(b);
  await pullBlob(b, parseManifest(manifest, { maxBytes: 4 * VALUES }));
  await b.sendMessage({ type: "complete" });
  const { signature } = await next(b);
  await b.sendMessage({ type: "confirmed", signatures: await signatures(confirmationOf(roster), signature as string) });
  return { given, b };
}

const sign = async ({ privateKey }: typeof member, data: Uint8Array) => encodeBase64(await privateKey.sign(data));

Deno.test("a member tells nobody its own mask before all have signed that all parts are there", async () => {
  const lies = await confirmed(async (confirmation, mine) => [await sign(collector, confirmation), mine, mine]);
  await assertRejects(() => lies.given, UnsoundError, `it says that ${third.peerId} has confirmed, who has not`);
  const short = await confirmed(async (confirmation, mine) => [await sign(collector, confirmation), mine]);
  await assertRejects(() => short.given, UnsoundError, "has confirmed, who has not");
  const { given, b } = await confirmed(async (confirmation, mine) => [
    await sign(collector, confirmation),
    mine,
    await sign(third, confirmation),
  ]);
  assertEquals((await next(b)).type, "reveal");
  await b.sendMessage({ type: "void", reason: "somebody dropped out" });
  await assertRejects(() => given, VoidSumError, "somebody dropped out");
});

Deno.test("a member takes the sum that it is given, in the range of all", async () => {
  const { given, b } = await confirmed(async (confirmation, mine) => [
    await sign(collector, confirmation),
    mine,
    await sign(third, confirmation),
  ]);
  await next(b);
  const blob = await makeBlob(bytesOfRing(new Uint32Array(VALUES).fill(2 ** 29)));
  await b.sendMessage({ type: "sum", manifest: blob.manifest });
  await serveBlob(b, blob);
  const done = await given;
  assert(done.state === "done" && done.mean.every((value) => value === 0.5));
});

/** Two members before a collector that has its own part; the second does `what` in place of what is due. */
async function collected(what: "another seed" | "a foreign signature" | "hangs up") {
  const session = new Session(attempt, identities.map(({ peerId }) => peerId));
  const parts = await Promise.all([collector, member, third].map(begin));
  const streams = await Promise.all([channelPair(), channelPair()]);
  session.join(parts[0].entry);
  const served = streams.map(({ b }, k) => {
    const entry = parts[k + 1].entry;
    session.join(entry);
    const options = { audit: () => {}, stepTimeout: 5_000, round: () => 4 };
    return collectFrom(b, { session, member: entry }, options).then(String, (error) => `${error.message}`);
  });
  const members = session.close();
  const roster = await openRoster(attempt, members, { ...rules, own: parts[0].entry });
  const running = session.begin(roster);
  running.add(collector.peerId, await parts[0].masked(own.vector, roster));
  running.confirmations.arrive(collector.peerId, await sign(collector, confirmationOf(roster)));
  const heard = await Promise.all(streams.map(async ({ a }, k) => {
    const identity = identities[k + 1], part = parts[k + 1];
    await next(a);
    const blob = await makeBlob(bytesOfRing(await part.masked(own.vector, roster)));
    await a.sendMessage({ type: "masked", round: 4, manifest: blob.manifest });
    await serveBlob(a, blob);
    if ((await next(a)).type !== "complete") return "no part";
    if (k === 1 && what === "hangs up") return void a.abort(new Error("gone"));
    const signer = k === 1 && what === "a foreign signature" ? collector : identity;
    await a.sendMessage({ type: "confirm", signature: await sign(signer, confirmationOf(roster)) });
    if (signer !== identity) return;
    const answer = await next(a).catch(() => undefined);
    if (answer?.type !== "confirmed") return answer?.reason;
    await a.sendMessage({ type: "reveal", seed: encodeBase64(k === 1 ? newSeed() : part.reveal()) });
    if (k === 1) return;
    return (await next(a)).reason;
  }));
  return { served: await Promise.all(served), heard, running };
}

Deno.test("of a member that hangs up, signs with another's key or tells another seed, the others hear by name, and no sum is made", async () => {
  for (
    const [what, why] of [
      ["hangs up", "the remote closed the stream"],
      ["a foreign signature", "its confirmation is not signed by it"],
      ["another seed", "is not the one that it had committed itself to"],
    ] as const
  ) {
    const { served, heard, running } = await collected(what);
    assertEquals(served[0], "undefined"); // it is not to blame
    assert(what === "hangs up" || served[1].includes(why), served[1]);
    assert(`${heard[0]}`.startsWith(`${third.peerId} dropped out: `), `${what}: ${heard[0]}`);
    await assertRejects(() => running.sum, VoidSumError, `${third.peerId} dropped out`);
  }
});

Deno.test("one that hangs up while it waits for the others is not in the sum, and does not make it void", async () => {
  const session = new Session(attempt, identities.map(({ peerId }) => peerId));
  const parts = await Promise.all([collector, member].map(begin));
  const { a, b } = await channelPair();
  session.join(parts[0].entry);
  session.join(parts[1].entry);
  const options = { audit: () => {}, stepTimeout: 5_000, round: () => 4 };
  const served = collectFrom(b, { session, member: parts[1].entry }, options);
  served.catch(() => {});
  a.abort(new Error("gone"));
  while (session.joined.length > 1) await session.changed;
  const members = session.close();
  assertEquals(members.map(({ peer }) => peer), [collector.peerId]);
  session.fail(new VoidSumError("1 came to the sum, 3 must"));
  await assertRejects(() => served);
});
