import { assertEquals } from "@std/assert";
import { follow, furthest, isToFollow } from "../../../../src/mesh/averaging/secure/_following.ts";

const next = (elsewhere: Parameters<typeof follow>[0], { asked = "b", tried = [] as string[] } = {}) =>
  follow(elsewhere, { self: "a", step: 4, asked, tried: new Set(tried) });

Deno.test("a member goes where a sum is gathered, or to the next one where this one is made or under way without it", () => {
  assertEquals(next({ step: 4, collector: "c" }), { step: 4, collector: "c", waits: false });
  assertEquals(next({ step: 6, collector: "b" }), { step: 6, collector: "b", waits: false });
  assertEquals(next({ step: 4, collector: "b" }), { step: 5, waits: false });
  assertEquals(next({ step: 4, made: true }), { step: 5, waits: false });
  assertEquals(next({ step: 6 }), { step: 7, waits: false });
});

Deno.test("of two that name each other, or one that was asked in vain, it asks by turn, and a little later", () => {
  assertEquals(next({ step: 4, collector: "a" }), { step: 4, waits: true });
  assertEquals(next({ step: 4, collector: "c" }, { tried: ["c"] }), { step: 4, waits: true });
  assertEquals(next({ step: 5, collector: "a" }), { step: 5, collector: undefined, waits: false });
});

Deno.test("a step that was void for others leads nowhere, and of all that do the furthest goes first", () => {
  assertEquals([{ step: 4 }, { step: 3, made: true }].map((one) => isToFollow(one, 4)), [false, false]);
  assertEquals([{ step: 5 }, { step: 4, made: true }, { step: 4, collector: "c" }].map((one) => isToFollow(one, 4)), [
    true,
    true,
    true,
  ]);
  assertEquals(furthest([{ step: 4 }, { step: 4, made: true }, { step: 4, collector: "c" }]), {
    step: 4,
    collector: "c",
  });
  assertEquals(furthest([{ step: 4, collector: "c" }, { step: 5 }]), { step: 5 });
});
