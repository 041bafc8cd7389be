/** Kinds are told by sentences, so they are asked of those who make them. */
import { assertEquals } from "@std/assert";
import { makeHello, type Settings, verifyHello, whyNot } from "../../../src/mesh/admission/hello.ts";
import { refusalKind } from "../../../src/mesh/admission/refusal_kind.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";

const identity = await newIdentity();
const hello = async (settings: Settings = {}, consortium = "test") =>
  await makeHello(identity, { consortium, settings, place: await placeOf(identity, { consortium }) });

const MARK = { founding: "0".repeat(64), version: 1, digest: "0".repeat(64) };

Deno.test("what differs is told by its kind, whoever refuses", async () => {
  const own = await hello({ levels: 4 });
  const kinds = [
    whyNot(own, await hello({ levels: 4 }, "another")),
    whyNot(own, { ...own, charter: MARK }),
    whyNot(own, await hello({ levels: 5 })),
    whyNot(own, await hello({ levels: 4, plan: 1 }), { oneSided: { plan: "plans" } }),
    await verifyHello({ ...own, wire: 1 }, identity.peerId),
    await verifyHello({ ...own, place: 1 }, identity.peerId),
    await verifyHello("no hello", identity.peerId),
    await verifyHello({ ...own, signature: own.place.signature }, identity.peerId),
  ].map((reason) => typeof reason === "string" ? [refusalKind(reason), refusalKind(`it refused: ${reason}`)] : reason);
  const expected = [
    ...["consortium", "charter", "settings", "settings"],
    ...["wire-version", "malformed", "malformed", "malformed"],
  ];
  assertEquals(kinds, expected.map((kind) => [kind, kind]));
});

Deno.test("a sentence that nobody here makes is another", () => {
  assertEquals(refusalKind("it is Sunday"), "other");
});
