import { assert, assertEquals } from "@std/assert";
import { prepareCase } from "../../../src/data/prepare.ts";
import { prepareSites } from "../../../src/evaluation/running/sites.ts";
import { withPhantoms } from "./_phantoms.ts";

Deno.test("the sites have the fold's cases in its order, without labels where none may be seen", () =>
  withPhantoms(async ({ dataset, fold, plan }) => {
    const sites = await prepareSites(dataset, fold, plan);
    const ids = (cases: readonly { id: string }[]) => cases.map(({ id }) => id);
    assertEquals(
      sites.map(({ name, training, labelled, probe, test }) => ({
        site: name,
        training: ids(training),
        labelled: ids(labelled),
        probe: ids(probe),
        test: test.map(({ prepared }) => prepared.id),
      })),
      fold.map((split) => ({ ...split })),
    );
    for (const { training, labelled, probe, test } of sites) {
      assert(training.length > 0 && probe.length > 0 && test.length > 0);
      for (const one of [...training, ...probe]) assertEquals("label" in one, false);
      for (const one of labelled) assert(one.label);
      for (const { prepared, reference } of test) {
        assertEquals(reference.id, prepared.id);
        assert(prepared.label && reference.label);
      }
      const [first] = labelled;
      assert(training.some(({ image }) => image === first.image)); // prepared once
    }
    const [{ test: [{ prepared, reference }] }] = sites;
    assertEquals(prepared, await prepareCase(reference, plan, dataset));
    const [soft] = await prepareSites(dataset, fold.slice(0, 1), plan, { softLabels: true });
    assert(soft.labelled.every(({ occupancy }) => occupancy));
    for (const one of [...soft.training, ...soft.probe, ...soft.test]) assertEquals("occupancy" in one, false);
  }));
