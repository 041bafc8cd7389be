/** Which cases a start trains, probes and tests with. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { firstSplit, type Found, laterSplit } from "../../../src/peer/state/decide_split.ts";

/** Case "a" of subject "A", and so on; "a:B" is of subject "B", "a@north" at a site, "a=x" has the image "x". */
function cases(...given: string[]) {
  const parts = given.map((text) => /^(\w+)(?::(\w+))?(?:@(\w+))?(?:=(\w+))?$/.exec(text)!.slice(1));
  return {
    present: parts.map(([id, subject = id.toUpperCase(), site]) => ({ id, subject, ...(site && { site }) })),
    images: new Map(parts.map(([id, , , image = id]) => [id, image])),
  };
}

const split = { training: ["b", "a", "c"], labelled: ["c"], probe: ["d"], test: ["f", "e"] };

function found(given: ReturnType<typeof cases>, rest: Partial<Found> = {}): Found {
  return { site: "north", dataset: "heart", labelled: 1, ...given, ...rest };
}

const FIRST = ["a", "b", "c", "d", "e", "f"];
const begun = (first = FIRST) => firstSplit(found(cases(...first)), split).kept;
const later = (now: string[], { first = FIRST, ...rest }: Partial<Found> & { first?: string[] } = {}) =>
  laterSplit(begun(first), found(cases(...now), rest));
const refused = (rule: string, ...given: Parameters<typeof later>) =>
  assertStringIncludes(assertThrows(() => later(...given), UserError).message, rule);

Deno.test("the same cases go on with the same split, in the same order, and nothing is told", () => {
  const { split: now, kept, warnings } = later([...FIRST].reverse());
  assertEquals([now, warnings], [split, []]);
  assertEquals(kept, begun());
});

Deno.test("cases that have come join training only, told by name, and stay there", () => {
  const { split: now, kept, warnings } = later([...FIRST, "g", "h"]);
  assertEquals(now, { ...split, training: ["b", "a", "c", "g", "h"] });
  assertEquals(warnings, ["cases that have come since this state was begun join training: g, h"]);
  const again = laterSplit(kept, found(cases(...FIRST, "g", "h")));
  assertEquals([again.split, again.warnings], [now, []]);
});

Deno.test("a case that has come of a subject who is tested or probed serves for nothing, also under an earlier name", () => {
  const { split: now, kept, warnings } = later([...FIRST, "g:E", "h:D"]);
  assertEquals(now, split);
  assertEquals(warnings, [
    "cases that have come of subjects who are probed or tested serve for nothing: g (e, test), h (d, probe)",
  ]);
  // the tables call E by another name, later cases by the first
  const renamed = laterSplit(kept, found(cases("a", "b", "c", "d", "e:X", "f", "g:E", "h:D", "i:E", "j:X")));
  assertEquals(renamed.split, split);
  // e is gone: its subject stays out of training
  const gone = laterSplit(kept, found(cases("a", "b", "c", "d", "f", "i:E")));
  assertEquals([gone.split.training, gone.split.test], [split.training, ["f"]]);
});

Deno.test("a case that has come of a subject who is trained with joins training", () => {
  assertEquals(later([...FIRST, "g:A"]).split.training, ["b", "a", "c", "g"]);
});

Deno.test("cases that served for nothing when the state was begun go on doing so; new ones join, whatever their scanner", () => {
  const first = [...FIRST.map((id) => `${id}@north`), "s@south"];
  const { split: now, warnings } = later([...first, "t@south", "u@north"], { first });
  assertEquals(now.training, ["b", "a", "c", "t", "u"]);
  assertEquals(warnings, ["cases that have come since this state was begun join training: t, u"]);
});

Deno.test("cases that are gone are named, and known again when they come back", () => {
  const { split: now, kept, warnings } = later(["b", "c", "d", "f"]);
  assertEquals(now, { training: ["b", "c"], labelled: ["c"], probe: ["d"], test: ["f"] });
  assertEquals(warnings, [
    "training cases that this state was begun with are gone: a",
    "test cases that this state was begun with are gone: e",
  ]);
  assertEquals(laterSplit(kept, found(cases(...FIRST))).split, split);
});

Deno.test("a use may not lose its last case", () => {
  refused("of the test cases that this state was begun with at least one must be there", ["a", "b", "c", "d"]);
  refused("(labelled cases that are gone: c)", ["a", "b", "d", "e", "f"]);
  assertEquals(later(["a", "b", "c", "d", "e", "f"]).split, split);
});

Deno.test("a case under another name keeps its use", () => {
  const { split: now, kept, warnings } = later(["b", "c", "d", "e", "z=f", "y=a"]);
  assertEquals(now, { training: ["b", "y", "c"], labelled: ["c"], probe: ["d"], test: ["z", "e"] });
  assertEquals(warnings, [
    "z is f under another name, and still of test",
    "y is a under another name, and still of training",
  ]);
  // the old names are free for new cases
  const { split: next } = laterSplit(kept, found(cases("a=new", "b", "c", "d", "e", "z=f", "y=a")));
  assertEquals(next.training, ["b", "y", "c", "a"]);
});

Deno.test("a copy of a case serves for nothing", () => {
  const { split: now, warnings } = later([...FIRST, "g=f", "h=a"]);
  assertEquals(now, split);
  assertEquals(warnings, ["copies of cases that this state knows serve for nothing: g (f, test), h (a, training)"]);
});

Deno.test("names that were changed between uses are refused with both cases, within a use they are told", () => {
  refused("the image of f, of test, must not go by the name of a case of training (a)", [
    "a=f",
    "b",
    "c",
    "d",
    "e",
    "f=a",
  ]);
  refused("the image of c, of training and labelled", ["a=c", "b", "c=a", "d", "e", "f"]);
  const { split: now, warnings } = later(["a=b", "b=a", "c", "d", "e", "f"]);
  assertEquals([now, warnings], [split, [
    "images that are others than those that this state was begun with: a (training), b (training)",
  ]]);
});

Deno.test("an image that was written anew keeps the case's use, and the old one is still known", () => {
  const { split: now, kept, warnings } = later(["a", "b", "c", "d", "e", "f=sharper"]);
  assertEquals([now, warnings], [split, [
    "images that are others than those that this state was begun with: f (test)",
  ]]);
  const copied = laterSplit(kept, found(cases("a", "b", "c", "d", "e", "f=sharper", "g=f")));
  assertEquals([copied.split, copied.warnings.length], [split, 1]);
});

Deno.test("a state of another site with the same ids is refused; a site may be called otherwise, which is told once", () => {
  const others = FIRST.map((id) => `${id}=${id}2`);
  refused('"stateDirectory" must be the site\'s own; this state was begun by north', others, { site: "south" });
  assertEquals(later(others).warnings.length, 1); // written anew, all of them
  const { kept, warnings } = later(FIRST, { site: "south" });
  assertEquals(warnings, ["the site is called south now; this state was begun by north"]);
  assertEquals(laterSplit(kept, found(cases(...FIRST), { site: "south" })).warnings, []);
});

Deno.test("tables that put a subject on two sides are refused with subject, cases and uses", () => {
  refused("a, which this state was begun with in training, and e, in test, are of one", [
    "a:E",
    "b",
    "c",
    "d",
    "e",
    "f",
  ]);
  refused("(subject: D)", ["a", "b", "c:D", "d", "e", "f"]);
  // the training case is gone, and e is now said to be of its subject
  refused("(subject: A)", ["b", "c", "d", "e:A", "f"]);
  assertEquals(later(["a:B", "b", "c", "d", "e:F", "f"]).split, split);
});

Deno.test("another data.labelled is refused with both numbers", () => {
  refused('"data.labelled" must stay as this state was begun with, 1', FIRST, { labelled: 2 });
  refused('(field "data.labelled": 2)', FIRST, { labelled: 2 });
});

Deno.test("a split by hand may add training cases and reorder; anything else is refused with case and uses", () => {
  const now = [...FIRST, "g", "h:E"];
  const by = (changes: Partial<typeof split>) => ({ configured: { ...split, ...changes } });
  assertEquals(later(now, by({ training: ["c", "g", "b", "a"] })).split.training, ["b", "a", "c", "g"]);
  assertEquals(later(now, by({})).split, split);
  // the number of labelled cases is for drawing
  assertEquals(later(now, { ...by({}), labelled: 9 }).split, split);
  refused("e was in test and is in training", now, by({ training: ["a", "b", "c", "e"], test: ["f"] }));
  refused("a was in training and is in test", now, by({ training: ["b", "c"], test: ["a", "e", "f"] }));
  refused("a was in training and is in training and labelled", now, by({ labelled: ["a", "c"] }));
  refused("e was in test and is in no use", now, by({ test: ["f"] }));
  refused("g was in no use and is in test", now, by({ test: ["e", "f", "g"] }));
  refused("h is in training, and e, of the same subject E, in test", now, by({ training: ["a", "b", "c", "h"] }));
});

Deno.test("a split by hand cannot bring a tested image into training under another name", () => {
  const configured = { ...split, test: ["e"], training: [...split.training, "z"] };
  refused("z, whose image is that of f, was in test and is in training", ["a", "b", "c", "d", "e", "z=f"], {
    configured,
  });
  const copy = { ...split, training: [...split.training, "z"] };
  refused("z, whose image is that of f, is in training, and f, of the same image, in test", [...FIRST, "z=f"], {
    configured: copy,
  });
});

Deno.test("a site without labels may come to label training cases, and to test on cases that served for nothing", () => {
  const without = { training: ["a", "b"], labelled: [], probe: ["d"], test: [] };
  const kept = firstSplit(found(cases("a", "b", "c", "d")), without).kept;
  const configured = { training: ["a", "b"], labelled: ["b"], probe: ["d"], test: ["c", "e"] };
  const now = laterSplit(kept, found(cases("a", "b", "c", "d", "e"), { configured }));
  assertEquals(now.split, configured);
  const more = { ...configured, labelled: ["a", "b"] };
  assertThrows(
    () => laterSplit(now.kept, found(cases("a", "b", "c", "d", "e"), { configured: more })),
    UserError,
    "a was in training and is in training and labelled",
  );
  const gone = { ...configured, training: ["b"], test: ["e"] };
  assertThrows(
    () => laterSplit(kept, found(cases("b", "c", "d", "e:A"), { configured: gone })),
    UserError,
    "e is in test, and a, of the same subject A, in training",
  );
  const trained = { ...configured, training: ["b"], test: ["a", "c"] };
  assertThrows(
    () => laterSplit(kept, found(cases("a", "b", "c", "d"), { configured: trained })),
    UserError,
    "a was in",
  );
});

Deno.test("a split that was drawn may be written out by hand, and one by hand left out again", () => {
  const { kept } = later(FIRST, { configured: split });
  assertEquals(laterSplit(kept, found(cases(...FIRST))).split, split);
  const byHand = firstSplit(found(cases(...FIRST), { configured: split }), split).kept;
  assertEquals(byHand.labelled, null);
  assertEquals(laterSplit(byHand, found(cases(...FIRST), { labelled: 7 })).split, split);
});

Deno.test("one image in two uses is told at the first start", () => {
  assertEquals(firstSplit(found(cases("a", "b", "c", "d", "e", "f=a")), split).warnings, [
    "a (training) and f (test) have the same image",
  ]);
});

Deno.test("a dataset that goes by another name is told once", () => {
  const { kept, warnings } = later(FIRST, { dataset: "heart 2" });
  assertEquals(warnings, ["the dataset is called heart 2 now; this state was begun with heart"]);
  assertEquals(laterSplit(kept, found(cases(...FIRST), { dataset: "heart 2" })).warnings, []);
});
