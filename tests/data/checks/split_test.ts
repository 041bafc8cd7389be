import { assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { requireSplit } from "../../../src/data/checks/split.ts";
import { splitSubjects } from "../../../src/data/splits.ts";

/** Cases a1, a2, b1, b2, …: two of each subject; those of e have no label. */
const CASES = [..."abcdefgh"].flatMap((subject) =>
  [1, 2].map((number) => {
    const id = `${subject}${number}`;
    return { id, subject, image: `${id}.nii`, ...(subject !== "e" && { label: `${id}_label.nii` }) };
  })
);
const GOOD = { training: ["a1", "a2", "b1", "e1"], labelled: ["a1"], probe: ["c1", "c2"], test: ["d1"] };

const check = (changes: Partial<typeof GOOD>) => requireSplit(CASES, { ...GOOD, ...changes }, { field: "data.split" });

Deno.test("a split with each case and subject in one use is taken, the labelled ones among those trained on", () => {
  check({});
  check({ labelled: [], test: [], probe: [] });
  for (const seed of [1, 2, 3]) {
    for (const split of splitSubjects(CASES, { peers: 1, labelled: 2, seed })) check({ ...split } as typeof GOOD);
  }
});

for (
  const [what, changes, sentence] of [
    ["a case that is trained and tested on", { test: ["a2"] }, '(field "data.split": a2 is in training and in test)'],
    ["a case that is labelled and tested", { test: ["a1"] }, '(field "data.split": a1 is in labelled and in test)'],
    [
      "a labelled case that is probed instead of trained on",
      { training: ["a2", "b1"], labelled: ["f1"], probe: ["f1"] },
      '(field "data.split": f1 is in labelled and in probe)',
    ],
    ["a case that is probed and tested", { test: ["c2"] }, '(field "data.split": c2 is in probe and in test)'],
    [
      "a subject on two sides",
      { test: ["b2"] },
      'all cases of a subject must have one use (field "data.split": subject b is in training (b1) and in test (b2))',
    ],
    ["a subject that is probed and tested", { probe: ["d2"] }, "subject d is in probe (d2) and in test (d1)"],
    ["a case twice in one use", { probe: ["c1", "c2", "c1"] }, 'named once (field "data.split.probe": c1)'],
    [
      "a labelled case that is not trained on",
      { labelled: ["a1", "g1"] },
      '(field "data.split": g1 is in labelled, not in training)',
    ],
    ["an unknown case", { test: ["d1", "z9"] }, 'must name cases of the dataset (field "data.split.test": z9)'],
    ["a labelled case without a label", { labelled: ["e1"] }, 'a label file (field "data.split.labelled": e1)'],
    ["a test case without a label", { training: ["a1"], test: ["e1"] }, '(field "data.split.test": e1)'],
    [
      "no training case",
      { training: [], labelled: [] },
      'at least one training case (field "data.split.training")',
    ],
  ] as [string, Partial<typeof GOOD>, string][]
) {
  Deno.test(`${what} is refused by field and name`, () => {
    assertThrows(() => check(changes), UserError, sentence);
  });
}
