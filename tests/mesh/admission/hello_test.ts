import { assertEquals, assertMatch } from "@std/assert";
import {
  makeHello,
  sayHello,
  type SayHelloOptions,
  type Settings,
  verifyHello,
  whyNot,
} from "../../../src/mesh/admission/hello.ts";
import { provePlaces } from "../../../src/mesh/protocols/place.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { channelPair } from "../_streams.ts";

const [alice, bob] = [await newIdentity(), await newIdentity()];
const hello = async (identity = alice, settings: Settings = { levels: 4 }, consortium = "test") =>
  await makeHello(identity, { consortium, settings, place: await placeOf(identity, { consortium }) });

Deno.test("equal settings agree whatever their order", async () => {
  assertEquals(whyNot(await hello(alice, { a: 1, b: "x" }), await hello(bob, { b: "x", a: 1 })), undefined);
});

const differences: [string, Settings, Settings, string][] = [
  ["another value", { levels: 4 }, { levels: 5 }, 'the settings differ: "levels" is 4 here, 5 there'],
  ["another type", { levels: 4 }, { levels: "4" }, 'the settings differ: "levels" is 4 here, "4" there'],
  ["a missing setting", { levels: 4 }, {}, 'the settings differ: "levels" is 4 here, none there'],
  ["a setting more", {}, { fast: true }, 'the settings differ: "fast" is none here, true there'],
  ["an inherited name", {}, { toString: 1 }, 'the settings differ: "toString" is none here, 1 there'],
  [
    "a value, and settings that only one has",
    { a: 1, b: 1 },
    { b: 2, c: 3 },
    'the settings differ: "b" is 1 here, 2 there',
  ],
  ["several", { a: 1, b: 1 }, { a: 2, b: 2 }, 'the settings differ: "a" is 1 here, 2 there; "b" is 1 here, 2 there'],
];
for (const [what, here, there, sentence] of differences) {
  Deno.test(`${what} is named with both values`, async () => {
    assertEquals(whyNot(await hello(alice, here), await hello(bob, there)), sentence);
  });
}

Deno.test("what counts only where both have it is compared as a whole, or not at all", async () => {
  const none: Settings = { labelsToo: 1 };
  const one: Settings = { ...none, "labels.1": "a" };
  const both: Settings = { ...one, "labels.2": "b" };
  const compare = async (here: Settings, there: Settings) =>
    whyNot(await hello(alice, here), await hello(bob, there), { ifBoth: ["labels"] });
  for (const settings of [both, one]) {
    assertEquals([await compare(settings, none), await compare(none, settings)], [undefined, undefined]);
  }
  assertEquals(await compare(both, one), 'the settings differ: "labels.2" is "b" here, none there');
  const renamed = { ...one, "labels.1": "c" };
  assertEquals(await compare(renamed, one), 'the settings differ: "labels.1" is "c" here, "a" there');
  const other = { ...none, labelsToo: 2 };
  assertEquals(await compare(both, other), 'the settings differ: "labelsToo" is 1 here, 2 there');
});

Deno.test("of a setting that only one side has, what helps is said in place of all that differs", async () => {
  const oneSided = { plan: "plans: plan there, too" };
  const compare = async (here: Settings, there: Settings) =>
    whyNot(await hello(alice, here), await hello(bob, there), { oneSided });
  assertEquals(await compare({ plan: 1 }, { levels: 2 }), "only the site here plans: plan there, too");
  assertEquals(await compare({ levels: 2 }, { plan: 1 }), "only the site there plans: plan there, too");
  assertEquals(await compare({ plan: 1 }, { plan: 2 }), 'the settings differ: "plan" is 1 here, 2 there');
  assertEquals(await compare({ levels: 2 }, { levels: 3 }), 'the settings differ: "levels" is 2 here, 3 there');
});

Deno.test("another consortium is named", async () => {
  const reason = whyNot(await hello(), await hello(bob, { levels: 4 }, "other"));
  assertEquals(reason, 'the consortium differs: "test" here, "other" there');
});

Deno.test("a hello is believed only with a key signed by the identity that the handshake proved", async () => {
  const own = await hello();
  assertEquals(await verifyHello(own, alice.peerId), own);
  const unsigned = "its key for sealing is not signed by its identity";
  const unplaced = "what it says of its process is not signed by its identity";
  assertEquals(await verifyHello(own, bob.peerId), unsigned);
  assertEquals(await verifyHello({ ...own, place: { ...own.place, epoch: 2 } }, alice.peerId), unplaced);
  assertEquals(await verifyHello({ ...own, place: await placeOf(bob) }, alice.peerId), unplaced);
  const { hpkePublicKey } = await hello(bob);
  assertEquals(await verifyHello({ ...own, hpkePublicKey }, alice.peerId), unsigned);
  assertEquals(await verifyHello({ ...own, consortium: "other" }, alice.peerId), unsigned);
  const { signature } = await hello(alice, {}, "other");
  assertEquals(await verifyHello({ ...own, consortium: "other", signature }, alice.peerId), unplaced);
  assertEquals(await verifyHello({ ...own, signature: "!".repeat(88) }, alice.peerId), unsigned);
});

const malformed: [string, (own: Record<string, unknown>) => unknown, RegExp][] = [
  ["text", () => "hello", /not a hello/],
  ["another message", () => ({ type: "offer" }), /not a hello/],
  [
    "another wire version",
    (own) => ({ ...own, wire: 1 }),
    /wire version differs: 3 here, 1 there; that site must upgrade/,
  ],
  ["a later wire version", (own) => ({ ...own, wire: 4 }), /wire version differs: 3 here, 4 there; this site must/],
  ["a nested setting", (own) => ({ ...own, settings: { levels: { deep: 1 } } }), /malformed at settings\.levels/],
  ["a field too many", (own) => ({ ...own, extra: 1 }), /malformed at extra/],
  ["a short key", (own) => ({ ...own, hpkePublicKey: "AAAA" }), /malformed at hpkePublicKey/],
];
for (const [what, change, rule] of malformed) {
  Deno.test(`${what} in place of a hello is refused with a reason`, async () => {
    assertMatch(await verifyHello(change({ ...await hello() }), alice.peerId) as string, rule);
  });
}

async function meet(here: Settings, there: Settings, turnAway?: SayHelloOptions["turnAway"]) {
  const { a, b } = await channelPair();
  const [own, other] = [await hello(alice, here), await hello(bob, there)];
  const outcomes = await Promise.all([
    sayHello(a, { own, peer: bob.peerId, turnAway }),
    sayHello(b, { own: other, peer: alice.peerId }),
  ]);
  await Promise.all([a.close(), b.close()]);
  return { own, other, outcomes };
}

Deno.test("two that agree learn each other's key and process", async () => {
  const { own, other, outcomes } = await meet({ levels: 4 }, { levels: 4 });
  assertEquals(outcomes, [
    { accepted: true, hpkePublicKey: bob.hpkePublicKey, place: other.place },
    { accepted: true, hpkePublicKey: alice.hpkePublicKey, place: own.place },
  ]);
});

Deno.test("two that differ refuse each other, each from its own side", async () => {
  assertEquals((await meet({ levels: 4 }, { levels: 5 })).outcomes, [
    { accepted: false, reason: 'the settings differ: "levels" is 4 here, 5 there' },
    { accepted: false, reason: 'the settings differ: "levels" is 5 here, 4 there' },
  ]);
});

Deno.test("a difference of long settings is told within the limit of a verdict", async () => {
  const settings = (letter: string) =>
    Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`s${i}`, letter.repeat(500)])) as Settings;
  for (const outcome of (await meet(settings("a"), settings("b"))).outcomes) {
    assertMatch(outcome.accepted ? "" : outcome.reason, /^the settings differ: "s1" is "[ab]{500}" here/);
  }
});

Deno.test("who is turned away with a proof is told so, whatever else the two agree on", async () => {
  const [here, elsewhere] = [await placeOf(bob), await placeOf(bob)];
  const proof = await provePlaces(bob, { consortium: "test", here, elsewhere });
  const { outcomes } = await meet({}, {}, () => Promise.resolve({ reason: "in use", proof }));
  assertEquals(outcomes, [
    { accepted: false, reason: "in use" },
    { accepted: false, reason: "it refused: in use", proof },
  ]);
});
