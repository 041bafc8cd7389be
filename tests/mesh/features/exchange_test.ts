/** What of an exchange of features is held against the one that released them. */
import { assertEquals } from "@std/assert";
import { EnvelopeError, SenderKeys } from "../../../src/mesh/envelope/sender_keys.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { FeatureExchange, FEATURES_PROTOCOL, isOffence } from "../../../src/mesh/features/exchange.ts";
import { newIdentity } from "../_identities.ts";
import { channelPair } from "../_streams.ts";

const consortium = "test";
const exchangeOf = (identity: Identity) =>
  new FeatureExchange({ identity, consortium, keys: new SenderKeys(identity, { consortium, epoch: 1 }) });

Deno.test("features that are sealed to a key that this peer has not are nobody's offence, other envelopes are", async () => {
  const [own, remote, renewed] = [await newIdentity(), await newIdentity(), await newIdentity()];
  const [asker, holder] = [exchangeOf(own), exchangeOf(remote)];
  await holder.release({ round: 1, features: Float32Array.of(1), partitions: Int32Array.of(0) });
  const { a, b } = await channelPair();
  const answering = holder.answer(b, own.peerId, renewed.hpkePublicKey).catch(() => {});
  const error = await asker.fetch(a, remote.peerId).catch((error) => error);
  a.abort(error);
  await answering;
  assertEquals([error instanceof EnvelopeError, isOffence(error)], [true, false]);
  assertEquals(isOffence(new EnvelopeError("a replay")), true);
});

Deno.test("a member that is paused is given no features, another one is", async () => {
  const [own, remote] = [await newIdentity(), await newIdentity()];
  const holder = exchangeOf(remote);
  await holder.release({ round: 1, features: Float32Array.of(1), partitions: Int32Array.of(0) });
  const { serve } = holder.handlers(() => own.hpkePublicKey, (peer) => peer === "paused")[FEATURES_PROTOCOL];
  const types: string[] = [];
  for (const peer of ["paused", own.peerId]) {
    const { a, b } = await channelPair();
    await a.sendMessage({ type: "want" });
    const serving = serve(b, peer, new AbortController().signal).catch(() => {});
    types.push((await a.receiveMessage((value) => value as { type: string })).type);
    a.abort(new Error("the test ends"));
    await serving;
  }
  assertEquals(types, ["none", "features"]);
});
