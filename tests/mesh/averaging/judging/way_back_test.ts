/** When a peer that is far from the others goes back to them, and by whom it is not led away. */
import { assertEquals } from "@std/assert";
import {
  membersElsewhere,
  type Sketched,
  type View,
  WayBack,
  whyNotOf,
} from "../../../../src/mesh/averaging/judging/way_back.ts";

/** Of norm 10, moved by `far` in one of its values, or two. */
const at = (far: number, aside = 0) =>
  Float32Array.from({ length: 100 }, (_, i) => 1 + (i === 0 ? far : i === 1 ? aside : 0));
const members = (...sketches: Float32Array[]): Sketched[] => sketches.map((sketch, i) => ({ peer: `${i}`, sketch }));
const view = (more: Partial<View>): View => ({
  own: at(0),
  members: [],
  others: 3,
  moved: 0.1,
  lossless: true,
  ...more,
});
const elsewhere = (more: Partial<View>) => membersElsewhere(view(more))?.map(({ peer }) => peer);

Deno.test("a peer that is far from most members, who are near each other, is elsewhere than they are", () => {
  assertEquals(elsewhere({ members: members(at(5), at(5.1), at(5.2)) }), ["0", "1", "2"]);
  assertEquals(elsewhere({ members: members(at(5), at(5.1)) }), ["0", "1"]);
  // a poisoned vector of its own is no reason against it
  assertEquals(elsewhere({ own: at(1e27), members: members(at(5), at(5.1), at(5.2)) }), ["0", "1", "2"]);
  assertEquals(elsewhere({ members: members(at(5), at(5.1), at(5.2), at(0.1)), others: 4 }), ["0", "1", "2"]);
});

Deno.test("one alone leads nobody away, nor do members that are apart, that are no majority, or no farther than training goes", () => {
  assertEquals(elsewhere({ members: members(at(5)) }), undefined);
  assertEquals(elsewhere({ members: members(at(5)), others: 1 }), undefined);
  assertEquals(elsewhere({ members: members(at(5), at(0.1), at(0.2)) }), undefined);
  assertEquals(elsewhere({ members: members(at(5), at(0, 5), at(-5)) }), undefined);
  assertEquals(elsewhere({ members: members(at(5), at(5.1)), others: 4 }), undefined);
  assertEquals(elsewhere({ members: members(at(0.9), at(0.8), at(0.7)) }), undefined);
  assertEquals(elsewhere({ members: members(at(5), at(5.1), at(5.2)), moved: 1 }), undefined);
  // where encodings lose something, or the peer does not train, little is far
  for (const more of [{ lossless: false }, { moved: 0 }]) {
    assertEquals(elsewhere({ members: members(at(2.5), at(2.5), at(2.5)), ...more }), undefined);
    assertEquals(elsewhere({ members: members(at(5), at(5.1), at(5.2)), ...more }), ["0", "1", "2"]);
  }
});

Deno.test("two halves of a mesh that was split do not change places", () => {
  const [left, right] = [at(0), at(5)];
  assertEquals(elsewhere({ own: left, members: members(left, right, right) }), undefined);
  assertEquals(elsewhere({ own: right, members: members(right, left, left) }), undefined);
});

Deno.test("it goes back in the second round in a row in which it is so, and looks anew when it has", () => {
  const far = view({ members: members(at(5), at(5.1)) }), near = view({ members: members(at(0.1), at(5.1)) });
  const way = new WayBack();
  const seen = [far, near, far, far, far].map((one) => way.look(one)?.length);
  assertEquals(seen, [undefined, undefined, undefined, 2, 2]);
  way.done();
  assertEquals(way.look(far), undefined);
});

Deno.test("what one of them gives must be near what each other one announces, whatever it announces of its own", () => {
  const group = members(at(5), at(5.1), at(5.2));
  const why = (peer: string, sketch: Float32Array) => whyNotOf({ peer, sketch }, group, view({}));
  assertEquals(why("0", at(5.05)), undefined);
  assertEquals(why("0", at(7)), "it must be near what the others announce, and is far from 2 of 2");
  assertEquals(why("0", at(1e29)), "it must be near what the others announce, and is far from 2 of 2");
});
