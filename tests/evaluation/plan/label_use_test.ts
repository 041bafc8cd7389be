import { assertEquals } from "@std/assert";
import { labelUseOf } from "../../../src/evaluation/plan/label_use.ts";
import type { SiteRoles } from "../../../src/evaluation/plan/roles.ts";

const cases = ["a", "b", "c", "d", "e"].map((id) => ({
  id,
  subject: id,
  image: `${id}.nii`,
  label: `${id}_label.nii`,
}));
const site = (name: string, labelled: string[], test: string[]) => ({
  site: name,
  training: labelled,
  probe: [],
  labelled,
  test,
});
const folds = [
  [site("1", ["a", "b"], ["c"]), site("2", ["d"], ["e"])],
  [site("1", ["c", "b"], ["a"]), site("2", ["e"], ["d"])],
];
const roles = { labelled: [0, 1], tested: [0], testedOn: "own" as SiteRoles["testedOn"] };
const ids = (modes: ("local" | "federated")[], others: Partial<SiteRoles> = {}) =>
  labelUseOf({ folds, cases, modes, roles: { ...roles, ...others } }).map(({ name, labelled, test }) => [
    name,
    labelled.map(({ id }) => id).join(""),
    test.map(({ id }) => id).join(""),
  ]);

Deno.test("the label files of all folds are those that sites fine-tune with and are tested on, each once", () => {
  assertEquals(ids(["local", "federated"]), [["site 1", "abc", "ca"], ["site 2", "de", ""]]);
});

Deno.test("a site that is not tested is not fine-tuned where each trains alone", () => {
  assertEquals(ids(["local"]), [["site 1", "abc", "ca"], ["site 2", "", ""]]);
});

Deno.test("a site without labels has none that are read, one that trains alone for others' cases has", () => {
  assertEquals(ids(["federated"], { labelled: [1] }), [["site 1", "", "ca"], ["site 2", "de", ""]]);
  assertEquals(ids(["local"], { testedOn: "all" }), [["site 1", "abc", "ca"], ["site 2", "de", ""]]);
});
