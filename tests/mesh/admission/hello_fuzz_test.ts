import { assert, assertEquals } from "@std/assert";
import { equals } from "@std/bytes/equals";
import fc from "fast-check";
import { makeHello, sayHello, verifyHello } from "../../../src/mesh/admission/hello.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";

const options = { consortium: "test", settings: { levels: 4, loss: "fcl" } };
const [own, remote] = [await newIdentity(), await newIdentity()];
const [ownHello, remoteHello] = await Promise.all(
  [own, remote].map(async (identity) => makeHello(identity, { ...options, place: await placeOf(identity) })),
);

Deno.test("fuzz: a hello that was changed on its way is refused, or is the remote's own", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(2), async (mutation) => {
      const { honest, mutated } = await converse(
        mutation,
        (channel) => sayHello(channel, { own: ownHello, peer: remote.peerId }),
        (channel) => sayHello(channel, { own: remoteHello, peer: own.peerId }),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      else if (honest.value.accepted) assert(equals(honest.value.hpkePublicKey, remote.hpkePublicKey));
      else assert(honest.value.reason.length > 0, "a refusal must say why");
    }),
    fuzzRuns(500),
  );
});

Deno.test("fuzz: no value but a hello signed by the peer is taken for its hello", async () => {
  const fields = Object.keys(remoteHello) as (keyof typeof remoteHello)[];
  const values = fc.oneof(
    fc.jsonValue(),
    fc.tuple(fc.constantFrom(...fields), fc.jsonValue()).map(([field, value]) => ({ ...remoteHello, [field]: value })),
    fc.constantFrom(...fields).map((field) => ({ ...remoteHello, [field]: undefined })),
    // somebody else's key, or a key for another consortium
    fc.constant({ ...remoteHello, hpkePublicKey: ownHello.hpkePublicKey }),
    fc.constant(ownHello),
  );
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      const verified = await verifyHello(value, remote.peerId);
      if (typeof verified === "string") assert(verified.length > 0);
      else {assertEquals([verified.hpkePublicKey, verified.signature], [
          remoteHello.hpkePublicKey,
          remoteHello.signature,
        ]);}
    }),
    fuzzRuns(500),
  );
});
