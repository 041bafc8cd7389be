import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { checkStructures } from "../../../src/data/checks/structures.ts";

const SCHEME = { labels: new Map([[1, "outer"], [4, "inner"]]) };

/** Cases a, b, … that hold the structures given. */
const cases = (...structures: number[][]) =>
  structures.map((own, index) => ({
    id: "abcdefghijkl"[index],
    label: `${"abcdefghijkl"[index]}.nii`,
    structures: own,
  }));

Deno.test("cases that between them hold every structure raise nothing", () => {
  assertEquals(checkStructures([{ labelled: cases([1], [4]), test: cases([1, 4]) }], SCHEME), []);
  assertEquals(checkStructures([{ labelled: [], test: cases([]) }], SCHEME), []); // nothing is tested
  assertEquals(checkStructures([{ labelled: cases([]), test: cases([]) }], { labels: new Map() }), []);
});

Deno.test("cases without any structure are told by name, and what it means", () => {
  assertEquals(checkStructures([{ labelled: cases([1, 4], []), test: cases([], [1, 4], []) }], SCHEME), [
    "the labelled case b holds none of the dataset's structures: fine-tuning sees background only there",
    "the test cases a, c hold none of the dataset's structures: Dice says nothing there",
  ]);
  const many = checkStructures(
    [{ labelled: cases([1, 4]), test: cases([], [], [], [], [], [], [], [], [], []) }],
    SCHEME,
  );
  assertEquals(many, [
    "the test cases a, b, c, d, e, f, g, h and 2 more hold none of the dataset's structures: Dice says nothing there",
  ]);
});

Deno.test("a structure that no case has is told by name, use by use and site by site", () => {
  assertEquals(checkStructures([{ name: "north", labelled: cases([1], [1]), test: cases([4]) }], SCHEME), [
    "north: no labelled case has the structure inner (4): it cannot be learnt here",
    "north: no test case has the structure outer (1): Dice says nothing of it",
  ]);
});

Deno.test("labels without any structure are refused with their files, unless there are some elsewhere", () => {
  const site = { name: "north", labelled: cases([], []), test: cases([]) };
  const sites = [site, { ...site, name: "west" }];
  assertThrows(
    () => checkStructures(sites, SCHEME),
    UserError,
    "checking the labels: at least one label file must hold a structure of the dataset (1 outer, 4 inner), or there " +
      "is nothing to learn and nothing to judge (a.nii, b.nii: no structure)",
  );
  const empty = [
    "the labelled cases a, b hold none of the dataset's structures: fine-tuning sees background only there",
    "the test case a holds none of the dataset's structures: Dice says nothing there",
  ];
  const told = ["north", "west"].flatMap((name) => empty.map((sentence) => `${name}: ${sentence}`));
  assertEquals(checkStructures(sites, SCHEME, { elsewhere: true }), told);
  const south = { name: "south", labelled: cases([1, 4]), test: [] };
  assertEquals(checkStructures([...sites, south], SCHEME), told);
});
