import { assertEquals } from "@std/assert";
import { matchCases } from "../../src/scoring/match.ts";

const cases = (...given: Parameters<typeof matchCases>) => {
  const { pairs, faults } = matchCases(...given);
  return [pairs.map(({ reference, prediction }) => `${reference} ${prediction}`), faults];
};

Deno.test("files of one name belong together, whatever folder, ending and order", () => {
  assertEquals(cases(["r/b.nii", "r/a.nii.gz"], ["p/a.nii", "p/b.nii.gz"]), [[
    "r/a.nii.gz p/a.nii",
    "r/b.nii p/b.nii.gz",
  ], []]);
  // an umlaut of two code points and one of one
  assertEquals(cases(["r/u\u0308.nii"], ["p/\u00fc.nii"]), [["r/u\u0308.nii p/\u00fc.nii"], []]);
});

Deno.test("nnU-Net's _0000 is left out where only one side has it, on either side", () => {
  assertEquals(cases(["r/a.nii"], ["p/a_0000.nii"]), [["r/a.nii p/a_0000.nii"], []]);
  assertEquals(cases(["r/a_0000.nii"], ["p/a.nii"]), [["r/a_0000.nii p/a.nii"], []]);
  assertEquals(cases(["r/a.nii", "r/a_0000.nii"], ["p/a.nii", "p/a_0000.nii"])[1], []);
  assertEquals(cases(["r/a_0001.nii"], ["p/a.nii"])[0], []);
});

Deno.test("a missing, an additional and an ambiguous file are faults of their cases", () => {
  const [pairs, faults] = cases(["r/a.nii", "r/b.nii", "r/b.nii.gz"], ["p/b.nii", "p/c.nii", "p/d.nii", "p/d.nii.gz"]);
  assertEquals(pairs, []);
  assertEquals(faults, [
    { case: "a", problem: "it has no prediction" },
    { case: "b", problem: "it has several references (r/b.nii, r/b.nii.gz)" },
    { case: "c", problem: "it has no reference" },
    { case: "d", problem: "it has no reference and several predictions (p/d.nii, p/d.nii.gz)" },
  ]);
});
