/** Which sites of an evaluation have labels, and which are tested. */
import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { followedBy, type RoleSettings, rolesOf, tunedAlone } from "../../../src/evaluation/plan/roles.ts";

const of = (settings: Partial<RoleSettings>) => rolesOf({ tested: 2, ...settings }, { sites: 4, where: "p.json" });

Deno.test("without a word all sites have labels, and the first are tested on their own cases", () => {
  assertEquals(of({}), { labelled: [0, 1, 2, 3], tested: [0, 1], testedOn: "own" });
  assertEquals(of({ tested: 9 }).tested, [0, 1, 2, 3]);
  assertEquals(tunedAlone(of({})), [0, 1]);
});

Deno.test("sites are named by their places, and train alone where they are tested, or are tested on all", () => {
  const roles = of({ labelledSites: [3, 2], testedSites: [1, 2] });
  assertEquals([roles.labelled, roles.tested], [[1, 2], [0, 1]]);
  assertEquals([tunedAlone(roles), tunedAlone({ ...roles, testedOn: "all" })], [[1], [1, 2]]);
});

Deno.test("what trains no network makes use of one of those that have labels, dealt out in turn", () => {
  const roles = of({ labelledSites: [2, 4] });
  assertEquals([0, 1, 2, 3].map((site) => followedBy(site, roles)), [1, 1, 1, 3]);
  assertEquals(followedBy(0, of({ labelledSites: [4] })), 3);
});

Deno.test("a place that is not there, or twice, or none at all is refused with the field", () => {
  for (const labelledSites of [[5], [1, 1], []]) {
    const message = 'from 1 (p.json, field "split.labelledSites"';
    assertThrows(() => of({ labelledSites }), UserError, message);
  }
  assertThrows(() => of({ testedSites: [9] }), UserError, 'field "split.testedSites"');
});
