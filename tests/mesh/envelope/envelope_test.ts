import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.ts";
import { EnvelopeReader, parseEnvelope, sealEnvelope } from "../../../src/mesh/envelope/envelope.ts";
import { EnvelopeError, type KeyPackage, openKeyPackage, SenderKeys } from "../../../src/mesh/envelope/sender_keys.ts";
import { newIdentity } from "../_identities.ts";

const consortium = "test";
const kind = "embeddings";
const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];
const text = utf8("what only members may read");

async function sealed(
  keys: SenderKeys,
  { round = 3, signer = alice, kind: k = kind, consortium: c = consortium } = {},
) {
  return (await sealEnvelope(text, { signer, keys, consortium: c, kind: k, round })).bytes;
}

async function keyFor(keys: SenderKeys, recipient = bob, sender = alice) {
  const made = await keys.packageFor(recipient.peerId, recipient.hpkePublicKey);
  const { peerId, hpkePrivateKey } = recipient;
  return await openKeyPackage(made, { consortium, sender: sender.peerId, recipient: peerId, hpkePrivateKey });
}

const newKeys = (epoch = 100, signer = alice) => new SenderKeys(signer, { consortium, epoch });
const expected = { consortium, sender: alice.peerId, kind, round: 3 };

Deno.test("a member opens what was sealed to it, and the text is nowhere to be seen on the way", async () => {
  const keys = newKeys();
  const bytes = await sealed(keys);
  const opened = await new EnvelopeReader().open(bytes, { ...expected, key: await keyFor(keys) });
  assertEquals(opened.text, text);
  assert(!new TextDecoder("latin1").decode(bytes).includes("members may read"));
});

Deno.test("two envelopes of one text differ", async () => {
  const keys = newKeys();
  assertNotEquals(parseEnvelope(await sealed(keys)).ciphertext, parseEnvelope(await sealed(keys)).ciphertext);
});

const wrong: [string, Partial<typeof expected>, string][] = [
  ["another consortium", { consortium: "other" }, "must have consortium other, got test"],
  ["another sender", { sender: bob.peerId }, `must have sender ${bob.peerId}`],
  ["another kind", { kind: "weights" }, "must have kind weights, got embeddings"],
  ["another round than was announced", { round: 4 }, "must have round 4, got 3"],
];
for (const [what, change, rule] of wrong) {
  Deno.test(`an envelope for ${what} is refused`, async () => {
    const keys = newKeys();
    const opening = new EnvelopeReader().open(await sealed(keys), { ...expected, ...change, key: await keyFor(keys) });
    await assertRejects(() => opening, EnvelopeError, rule);
  });
}

Deno.test("a replay is refused, of the same envelope and of an older one, also of an older epoch", async () => {
  const keys = newKeys(100);
  const reader = new EnvelopeReader();
  const [first, second] = [await sealed(keys), await sealed(keys)];
  const key = await keyFor(keys);
  await reader.open(second, { ...expected, key });
  await assertRejects(() => reader.open(second, { ...expected, key }), EnvelopeError, "is a replay: 100/2");
  await assertRejects(() => reader.open(first, { ...expected, key }), EnvelopeError, "is a replay: 100/1");
  keys.rekey();
  await reader.open(await sealed(keys), { ...expected, key: await keyFor(keys) });
  const late = sealed(newKeys(100));
  await assertRejects(async () => reader.open(await late, { ...expected, key }), EnvelopeError, "is a replay: 100/1");
});

Deno.test("two copies of one envelope at the same time are opened once", async () => {
  const keys = newKeys();
  const reader = new EnvelopeReader();
  const [bytes, key] = [await sealed(keys), await keyFor(keys)];
  const both = await Promise.allSettled([1, 2].map(() => reader.open(bytes, { ...expected, key })));
  assertEquals(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

Deno.test("what was refused is not remembered: the true one still opens after a forgery of a later number", async () => {
  const keys = newKeys();
  const reader = new EnvelopeReader();
  const key = await keyFor(keys);
  const honest = await sealed(keys);
  const forged = await sealed(keys, { signer: { ...carol, peerId: alice.peerId } });
  await assertRejects(() => reader.open(forged, { ...expected, key }), EnvelopeError, "must be signed by");
  assertEquals((await reader.open(honest, { ...expected, key })).text, text);
});

Deno.test("a sender's envelope reflected to it is refused", async () => {
  const keys = newKeys();
  const opening = new EnvelopeReader().open(await sealed(keys), {
    ...expected,
    sender: bob.peerId,
    key: await keyFor(keys),
  });
  await assertRejects(() => opening, EnvelopeError, "must have sender");
});

Deno.test("a member that holds the key cannot speak in its owner's name", async () => {
  const keys = newKeys();
  const bytes = await sealed(keys, { signer: { ...bob, peerId: alice.peerId } });
  const opening = new EnvelopeReader().open(bytes, { ...expected, key: await keyFor(keys) });
  await assertRejects(() => opening, EnvelopeError, "must be signed by its sender");
});

Deno.test("any change of any byte is refused with an EnvelopeError", async () => {
  const keys = newKeys();
  const [bytes, key] = [await sealed(keys), await keyFor(keys)];
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] ^= 1 << (at % 8);
    await assertRejects(() => new EnvelopeReader().open(changed, { ...expected, key }), EnvelopeError);
  }
});

Deno.test("an envelope cut at any byte, or with bytes after its end, is refused", async () => {
  const keys = newKeys();
  const [bytes, key] = [await sealed(keys), await keyFor(keys)];
  for (let end = 0; end < bytes.length; end++) {
    await assertRejects(() => new EnvelopeReader().open(bytes.slice(0, end), { ...expected, key }), EnvelopeError);
  }
  const longer = new Uint8Array([...bytes, 0]);
  await assertRejects(() => new EnvelopeReader().open(longer, { ...expected, key }), EnvelopeError);
});

Deno.test("an oversized envelope is refused before anything is done with it", async () => {
  const keys = newKeys();
  const opening = new EnvelopeReader().open(await sealed(keys), { ...expected, key: await keyFor(keys), maxBytes: 50 });
  await assertRejects(() => opening, EnvelopeError, "must be at most 50 bytes");
});

Deno.test("arbitrary bytes never crash the reader", async () => {
  const key = await keyFor(newKeys());
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const opening = new EnvelopeReader().open(new Uint8Array(bytes), { ...expected, key });
      await assertRejects(() => opening, EnvelopeError);
    }),
    { numRuns: 300, seed: 3 },
  );
});

Deno.test("a header with its fields in another order is refused: one meaning, one form", async () => {
  const keys = newKeys();
  const bytes = await sealed(keys);
  const { header, headerBytes } = parseEnvelope(bytes);
  const { consortium: c, sender, ...rest } = header;
  const swapped = utf8(JSON.stringify({ sender, consortium: c, ...rest }));
  assertEquals(swapped.length, headerBytes.length);
  bytes.set(swapped, 7);
  const opening = new EnvelopeReader().open(bytes, { ...expected, key: await keyFor(keys) });
  await assertRejects(() => opening, EnvelopeError, "not in canonical form");
});

Deno.test("a removed member reads nothing that is sent after the new key", async () => {
  const keys = newKeys();
  const held = await keyFor(keys, carol);
  keys.rekey();
  const bytes = await sealed(keys);
  const reader = new EnvelopeReader();
  await assertRejects(() => reader.open(bytes, { ...expected, key: held }), EnvelopeError, "must have epoch 100");
  const pretended = { epoch: keys.epoch, key: held.key };
  await assertRejects(() => reader.open(bytes, { ...expected, key: pretended }), EnvelopeError, "does not decrypt");
  const toBob = await keys.packageFor(bob.peerId, bob.hpkePublicKey);
  const { hpkePrivateKey } = carol;
  const taken = openKeyPackage(toBob, { consortium, sender: alice.peerId, recipient: bob.peerId, hpkePrivateKey });
  await assertRejects(() => taken, EnvelopeError, "does not open with this peer's key");
});

const at = { consortium, sender: alice.peerId, recipient: bob.peerId, hpkePrivateKey: bob.hpkePrivateKey };
const swap = (text: string) => (text[0] === "A" ? "B" : "A") + text.slice(1);
const packages: [string, (made: KeyPackage) => unknown, string][] = [
  ["of another consortium", (made) => ({ ...made, consortium: "other" }), "must have consortium test"],
  ["of another sender", (made) => ({ ...made, sender: carol.peerId }), "must have sender"],
  ["for another recipient", (made) => ({ ...made, recipient: carol.peerId }), "must have recipient"],
  ["with another epoch", (made) => ({ ...made, epoch: made.epoch + 1 }), "must be signed by"],
  [
    "with another encapsulated key",
    (made) => ({ ...made, encapsulated: swap(made.encapsulated) }),
    "must be signed by",
  ],
  ["with another ciphertext", (made) => ({ ...made, ciphertext: swap(made.ciphertext) }), "must be signed by"],
  ["with another signature", (made) => ({ ...made, signature: swap(made.signature) }), "must be signed by"],
  ["with a field too many", (made) => ({ ...made, extra: 1 }), "is malformed"],
  ["that is no object", () => "key", "is malformed"],
];
for (const [what, change, rule] of packages) {
  Deno.test(`a sender key ${what} is refused`, async () => {
    const made = await newKeys().packageFor(bob.peerId, bob.hpkePublicKey);
    await assertRejects(() => openKeyPackage(change(made), at), EnvelopeError, rule);
  });
}

Deno.test("a sender key that another member seals in the sender's name is refused", async () => {
  const forged = new SenderKeys({ peerId: alice.peerId, privateKey: carol.privateKey }, { consortium, epoch: 100 });
  const made = await forged.packageFor(bob.peerId, bob.hpkePublicKey);
  await assertRejects(() => openKeyPackage(made, at), EnvelopeError, "must be signed by");
});

Deno.test("a sender key is sealed once for each key of a recipient, the latest of which is kept", async () => {
  const keys = newKeys();
  const first = await keys.packageFor(bob.peerId, bob.hpkePublicKey);
  assertEquals(await keys.packageFor(bob.peerId, bob.hpkePublicKey.slice()), first);
  const other = await keys.packageFor(bob.peerId, carol.hpkePublicKey);
  assertEquals(await keys.packageFor(bob.peerId, carol.hpkePublicKey), other);
  assertNotEquals(await keys.packageFor(bob.peerId, bob.hpkePublicKey), first);
});
