import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Charter,
  CHARTER_LIMITS,
  charterDigest,
  CharterError,
  decodeCharter,
  fingerprint,
  parseCharter,
} from "../../../src/mesh/charter/charter.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { admit, found, renew, revoke, setThreshold, sign } from "../../../src/mesh/charter/proposals.ts";
import { assess, verifyCharter } from "../../../src/mesh/charter/verify.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { newIdentity } from "../_identities.ts";
import { chainOf, consortium, entry, foundingOf, model, signed } from "./_charters.ts";

const sites = await Promise.all(Array.from({ length: 5 }, newIdentity));
const [alice, bob, carol, dave, stranger] = sites;
const three = [alice, bob, carol];
const founding = await foundingOf(three);
const chain = await chainOf(three);

Deno.test("a first version is valid with as many signatures of its own members as it asks for", async () => {
  assertEquals(await assess(founding), { signers: [alice.peerId, bob.peerId], needed: 2 });
  await verifyCharter(founding);
  const one = { ...founding, signatures: founding.signatures.slice(1) };
  await assertRejects(() => verifyCharter(one), CharterError, "version 1 must have 2 signatures, it has 1");
});

Deno.test("the digest of a charter does not change with its layout, its fields' order or its signatures", async () => {
  const shuffled = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(founding).reverse()), null, 3));
  assertEquals(await charterDigest(parseCharter(shuffled)), chain.mark.digest);
  const unsigned = { ...founding, signatures: [] };
  assertEquals(await charterDigest(unsigned), chain.mark.digest);
  assertNotEquals(await charterDigest({ ...founding, threshold: 3 }), chain.mark.digest);
});

Deno.test("a fingerprint is eight groups of five digits, those of the digest modulo 10^40", () => {
  assertEquals(fingerprint("0".repeat(62) + "ff"), "00000 00000 00000 00000 00000 00000 00000 00255");
  assertEquals(fingerprint("f".repeat(64)), (2n ** 256n - 1n).toString().slice(-40).match(/.{5}/g)!.join(" "));
});

const changes: [string, () => Charter | Promise<Charter>][] = [
  ["a member more", async () => admit(chain, [await entry(dave, "d")])],
  ["a member less", () => revoke(chain, "c")],
  ["a member less, by its peer id", () => revoke(chain, carol.peerId)],
  ["another threshold", () => setThreshold(chain, 3)],
  ["another identity of a member", async () => {
    return renew(chain, await makeMember(dave, { consortium, name: "c", old: carol }));
  }],
  ["another sealing key of a member", async () => {
    const { hpkePublicKey } = dave;
    return renew(chain, await makeMember({ ...carol, hpkePublicKey }, { consortium, name: "c" }));
  }],
];
for (const [what, change] of changes) {
  Deno.test(`${what} is valid once as many members of the version before have signed as that asks for`, async () => {
    const next = await change();
    const first = await signed(next, [bob]);
    await assertRejects(() => chain.extend(first), CharterError, "version 2 must have 2 signatures, it has 1");
    const longer = await chain.extend(await sign(first, carol));
    assertEquals([longer.version, longer.newest.previous, longer.goesOnFrom(chain)], [2, chain.mark.digest, true]);
    assertEquals(longer.mark.founding, chain.mark.founding);
  });
}

Deno.test("a new member has no vote on its own admission, and a removed one has a vote on its removal", async () => {
  const admission = admit(chain, [await entry(dave, "d")]);
  const own = await signed(admission, [alice, dave]);
  await assertRejects(() => chain.extend(own), CharterError, `signed by ${dave.peerId}, who has no vote`);
  await chain.extend(await signed(revoke(chain, "c"), [alice, carol]));
});

Deno.test("the next threshold counts from the version after the one that sets it", async () => {
  const raised = await chain.extend(await signed(setThreshold(chain, 3), [alice, bob]));
  const two = await signed(revoke(raised, "c", 2), [alice, bob]);
  await assertRejects(() => raised.extend(two), CharterError, "version 3 must have 3 signatures, it has 2");
  await raised.extend(await sign(two, carol));
});

const next = await signed(admit(chain, [await entry(dave, "d")]), [alice, bob]);
const [first, second] = next.signatures;
const swap = (text: string) => (text[0] === "A" ? "B" : "A") + text.slice(1);
const wrong: [string, () => Charter | Promise<Charter>, string][] = [
  ["of another consortium", () => ({ ...next, consortium: "other" }), "the consortium of a charter never changes"],
  ["of another model", () => ({ ...next, model: "cd".repeat(32) }), "the model of a charter never changes"],
  ["that leaves a version out", () => ({ ...next, version: 3 }), "version 2 must follow version 1, got 3"],
  ["of another version before", () => ({ ...next, previous: "0".repeat(64) }), "must name version 1 as the one before"],
  ["changed after it was signed", () => ({ ...next, threshold: 1 }), `signature of ${alice.peerId} under version 2 is`],
  ["signed by a stranger", () => signed({ ...next, signatures: [first] }, [stranger]), "who has no vote"],
  [
    "with one member's signature in the name of another",
    () => ({ ...next, signatures: [first, { peer: carol.peerId, signature: second.signature }] }),
    `signature of ${carol.peerId} under version 2 is not valid`,
  ],
  [
    "with one bad signature beside enough good ones",
    async () => {
      const { signatures } = await sign(next, carol);
      return {
        ...next,
        signatures: [...signatures.slice(0, 2), { ...signatures[2], signature: swap(second.signature) }],
      };
    },
    "is not valid",
  ],
  [
    "with an entry that its member did not sign",
    async () => admit(chain, [{ ...await entry(dave, "d"), name: "e" }]),
    "the entry of e must be signed by its own key for test",
  ],
  [
    "with an entry for another consortium",
    async () => admit(chain, [await makeMember(dave, { consortium: "other", name: "d" })]),
    "must be signed by its own key for test",
  ],
  [
    "with another sealing key in a signed entry",
    async () => {
      const { hpkePublicKey } = await entry(stranger, "s");
      return admit(chain, [{ ...await entry(dave, "d"), hpkePublicKey }]);
    },
    "must be signed by its own key",
  ],
  [
    "with an identity that the old one did not sign",
    async () => {
      const impostor = { ...stranger, peerId: carol.peerId };
      return renew(chain, await makeMember(dave, { consortium, name: "c", old: impostor }));
    },
    `must be signed by ${carol.peerId}, whose place it takes`,
  ],
  [
    "with an identity in the place of one that is no member",
    async () => admit(chain, [await makeMember(dave, { consortium, name: "d", old: stranger })]),
    "it is no member",
  ],
  [
    "with an identity in the place of one that stays",
    async () => admit(chain, [await makeMember(dave, { consortium, name: "d", old: carol })]),
    "which must go",
  ],
];
for (const [what, change, rule] of wrong) {
  Deno.test(`a version ${what} is refused`, async () => {
    const charter = await change();
    await assertRejects(() => chain.extend(charter), CharterError, rule);
  });
}

Deno.test("a chain begins with version 1 and nothing else", async () => {
  await assertRejects(() => verifyCharter(next), CharterError, "a chain of charters must begin with version 1, got 2");
});

const many = (count: number) => Array.from({ length: count }, () => founding.members[0]);
const malformed: [string, unknown, string][] = [
  ["a list", [], 'field "consortium" is missing'],
  ["nothing", undefined, "a charter must be an object"],
  ["a charter with an unknown field", { ...founding, extra: 1 }, 'field "extra" is not known'],
  ["a charter without a model", { ...founding, model: undefined }, 'field "model" is missing'],
  ["a threshold of none", { ...founding, threshold: 0 }, 'field "threshold" must be an integer from 1'],
  ["a threshold above the members", { ...founding, threshold: 4 }, "at most the number of members, got 4 of 3"],
  ["a fractional version", { ...founding, version: 1.5 }, 'field "version" must be an integer'],
  [
    "a first version after another",
    { ...founding, previous: "0".repeat(64) },
    "the first version of a charter, and no",
  ],
  ["a later version after none", { ...founding, version: 2 }, "the first version of a charter, and no other"],
  ["no members", { ...founding, members: [] }, 'field "members" must have at least one entry'],
  ["too many members", { ...founding, members: many(2001) }, 'field "members" must have at most 2000 entries'],
  [
    "a member twice",
    { ...founding, members: [...many(1), { ...founding.members[0], name: "z" }] },
    "a member must stand",
  ],
  [
    "a name twice",
    { ...founding, members: [...many(1), { ...founding.members[1], name: "a" }] },
    "a name must stand in",
  ],
  ["a name with a line break", { ...founding, members: [{ ...many(1)[0], name: "a\nb" }] }, "members.0.name"],
  ["a peer id that is none", { ...founding, members: [{ ...many(1)[0], peer: "bob" }] }, "members.0.peer"],
  [
    "a key that is too short",
    { ...founding, members: [{ ...many(1)[0], hpkePublicKey: "AA==" }] },
    "must be 32 bytes in",
  ],
  [
    "a signer twice",
    { ...founding, signatures: [founding.signatures[0], founding.signatures[0]] },
    "a signer must stand",
  ],
];
for (const [what, value, rule] of malformed) {
  Deno.test(`${what} is refused by its form`, () => {
    assertThrows(() => parseCharter(value), CharterError, rule);
  });
}

Deno.test("bytes of a charter are refused unread where they are too many, or no text, or no JSON", () => {
  const decode = (bytes: Uint8Array) => () => decodeCharter(bytes);
  assertThrows(decode(new Uint8Array(CHARTER_LIMITS.bytes + 1)), CharterError, "at most 2097152 bytes, got 2097153");
  assertThrows(decode(Uint8Array.of(0xff)), CharterError, "must be JSON");
  assertThrows(decode(utf8("{")), CharterError, "must be JSON");
  assertEquals(decodeCharter(utf8(JSON.stringify(founding))), founding);
});

Deno.test("as many members as are allowed fit into the bytes that are allowed", () => {
  const [member] = next.members;
  const { signature } = member;
  const widest = { ...member, name: "n".repeat(64), replaces: { peer: member.peer, signature } };
  const members = Array.from({ length: CHARTER_LIMITS.members }, () => widest);
  const signatures = members.map(({ peer }) => ({ peer, signature }));
  assertEquals(JSON.stringify({ ...next, members, signatures }).length < CHARTER_LIMITS.bytes, true);
});

Deno.test("settings are signed as the rest is, stay through all versions, and are not asked of older charters", async () => {
  const members = await Promise.all(three.map((site, i) => entry(site, "abc"[i])));
  const settings = { seed: 1, network: { patch: [16, 16, 16] } };
  const first = await signed(found({ consortium, model, settings, threshold: 2, members }), [alice, bob]);
  const carrying = await CharterChain.found(parseCharter(JSON.parse(JSON.stringify(first))));
  const next = await signed(revoke(carrying, "c"), [alice, bob]);
  assertEquals((await carrying.extend(next)).newest.settings, settings);
  const altered = { ...first, settings: { ...settings, seed: 2 } };
  await assertRejects(() => verifyCharter(altered), CharterError, "under version 1 is not valid");
  for (const other of [{ ...settings, seed: 2 }, undefined]) {
    const changed = { ...next, settings: other };
    await assertRejects(() => assess(changed, first), CharterError, "the settings of a charter never change");
  }
  assertEquals(Object.keys(founding).includes("settings"), false);
});

Deno.test("settings that are no object, too deep or too long are refused", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i++) deep = [deep];
  for (const settings of [1, [], null, { deep }, { long: "x".repeat(65 * 1024) }]) {
    assertThrows(() => parseCharter({ ...founding, settings }), CharterError, "must be an object of at most 6 levels");
  }
});
