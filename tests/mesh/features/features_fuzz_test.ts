import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Bytes } from "../../../src/core/bytes.ts";
import { SenderKeys } from "../../../src/mesh/envelope/sender_keys.ts";
import { FeatureExchange } from "../../../src/mesh/features/exchange.ts";
import type { RoundFeatures } from "../../../src/core/features.ts";
import { decodeFeatures, encodeFeatures } from "../../../src/mesh/features/codec.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { largestAllocation } from "../protocols/_allocations.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";

const features: RoundFeatures = {
  round: 2,
  features: Float32Array.of(1, 0, 0.6, 0.8, 0, -1),
  partitions: Int32Array.of(4, 0, 65535),
};
const encoded = encodeFeatures(features);
const [own, remote] = [await newIdentity(), await newIdentity()];

function exchangeOf(identity: typeof own): FeatureExchange {
  const consortium = "test";
  return new FeatureExchange({ identity, consortium, keys: new SenderKeys(identity, { consortium, epoch: 1 }) });
}

/** One that has been asked by nobody. */
async function newHolder(): Promise<FeatureExchange> {
  const holder = exchangeOf(remote);
  await holder.release(features);
  return holder;
}

Deno.test("fuzz: of features that were changed on their way, nothing is taken but the sender's own", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(2), async (mutation) => {
      const [asker, holder] = [exchangeOf(own), await newHolder()];
      const { honest, mutated } = await converse(
        mutation,
        (channel) => asker.fetch(channel, remote.peerId),
        (channel) => holder.answer(channel, own.peerId, own.hpkePublicKey),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      for (const { peer, ...taken } of asker.remote()) {
        assertEquals([peer, taken.features, taken.partitions], [remote.peerId, features.features, features.partitions]);
      }
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: whoever asks for features in another way is refused", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(3), async (mutation) => {
      const holder = await newHolder();
      const { honest, mutated } = await converse(
        mutation,
        (channel) => holder.answer(channel, own.peerId, own.hpkePublicKey),
        (channel) => exchangeOf(own).fetch(channel, remote.peerId),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: bytes are features of unit norm or are refused, and no more is allocated than they hold", async () => {
  const flipped = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { maxLength: 4 }).map(
    (changes): Bytes => {
      const bytes = encoded.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    },
  );
  const sizes = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1)).map(([rows, width]): Bytes => {
    const bytes = encoded.slice();
    const view = new DataView(bytes.buffer);
    view.setUint32(0, rows, true);
    view.setUint32(4, width, true);
    return bytes;
  });
  const cut = fc.nat(encoded.length - 1).map((end) => encoded.slice(0, end));
  const arbitrary = fc.uint8Array({ maxLength: 200 }) as fc.Arbitrary<Bytes>;
  await fc.assert(
    fc.asyncProperty(fc.oneof(flipped, sizes, cut, arbitrary), async (bytes) => {
      const largest = await largestAllocation(() => {
        try {
          const { features, partitions } = decodeFeatures(bytes, 2);
          assertEquals(8 + 4 * features.length + 4 * partitions.length, bytes.length);
        } catch (error) {
          assertRefusal(error);
        }
        return Promise.resolve();
      });
      assert(largest <= bytes.length, `asked for ${largest} bytes`);
    }),
    fuzzRuns(1_000),
  );
});
