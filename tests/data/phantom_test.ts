import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { checkCases } from "../../src/data/checks/check_cases.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { planDataset } from "../../src/planning/preparation.ts";
import { growAnatomy, TISSUES } from "../../src/data/phantom/anatomy.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { scan } from "../../src/data/phantom/render.ts";
import { buildScanner } from "../../src/data/phantom/scanner.ts";
import { prepareCase } from "../../src/data/prepare.ts";
import { withFolder } from "./_files.ts";

Deno.test("a cohort is read back through the loader, each site with a grid and a way of storing of its own", async () => {
  await withFolder(async (directory) => {
    await writePhantomCohort(directory, { seed: 3, sites: 4, casesPerSite: 2 });
    const dataset = await openDataset(directory);
    await checkCases(dataset.cases);
    assertEquals([dataset.format, dataset.cases.length], ["msd", 8]);
    assertEquals([...dataset.labels.values()], ["proximal", "distal", "gland"]);
    assertEquals(dataset.cases.map(({ site }) => site), ["1", "1", "2", "2", "3", "3", "4", "4"]);
    const looks: string[] = [];
    const plan = await planDataset(dataset.cases);
    for (const reference of dataset.cases) {
      const { spacing, orientation, datatype } = await readVolume(reference.image);
      looks.push(`${spacing} ${orientation} ${datatype}`);
      const prepared = await prepareCase(reference, plan, dataset);
      assertEquals(new Set(prepared.label), new Set([0, 1, 2, 3]), reference.id);
    }
    assertEquals(new Set(looks).size, 4);
    assertEquals(new Set(looks.map((look) => look.split(" ")[1])).size, 4);
  });
});

Deno.test("a cohort of two channels shows each person in two contrasts at one place", async () => {
  await withFolder(async (directory) => {
    await writePhantomCohort(directory, { seed: 3, sites: 1, casesPerSite: 1, channels: 2 });
    const dataset = await openDataset(directory);
    assertEquals(await checkCases(dataset.cases), { warnings: [] });
    assertEquals([dataset.format, dataset.channels], ["nnunet-v1", ["T1", "T2"]]);
    const { channels, image, label, shape } = await prepareCase(dataset.cases[0], { spacing: [2, 2, 2] }, dataset);
    assertEquals([channels, image.length], [2, 2 * shape[0] * shape[1] * shape[2]]);
    assertEquals(new Set(label), new Set([0, 1, 2, 3]));
    const voxels = image.length / 2;
    let product = 0;
    for (let i = 0; i < voxels; i++) product += image[i] * image[voxels + i] / voxels;
    assert(product > 0.5 && product < 0.97, `their correlation is ${product}`);
  });
});

Deno.test("the same options give the same bytes, another seed another cohort", async () => {
  await withFolder(async (directory) => {
    const bytes = async (name: string, seed: number) => {
      await writePhantomCohort(`${directory}/${name}`, { seed, sites: 1, casesPerSite: 1 });
      return await Deno.readFile(`${directory}/${name}/imagesTr/phantom_1000.nii.gz`);
    };
    const first = await bytes("a", 1);
    assertEquals(await bytes("b", 1), first);
    assertNotEquals(await bytes("c", 2), first);
  });
});

Deno.test("a folder that holds a dataset is left alone", async () => {
  await withFolder(async (directory) => {
    await Deno.writeTextFile(`${directory}/dataset.json`, "{}");
    await assertRejects(() => writePhantomCohort(directory), UserError, "already holds a dataset");
    assertEquals([...Deno.readDirSync(directory)].length, 1);
  });
});

Deno.test("the border between proximal and distal leaves no trace in the intensities", () => {
  const scanner = { ...buildScanner(0, new Rng(1)), noise: 0, bias: 0 };
  const differences: number[] = [];
  for (let seed = 0; seed < 6; seed++) {
    const { image, label } = scan(growAnatomy(new Rng(seed)), scanner, new Rng(seed + 100));
    const plane = label.dims[0] * label.dims[1];
    for (let i = plane; i < image.data.length; i++) {
      // neighbours across the border, inside the vessel
      if (label.data[i] === 1 && label.data[i - plane] === 2) differences.push(image.data[i] - image.data[i - plane]);
    }
  }
  assert(differences.length > 50);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const [one] = scanner.range;
  assert(Math.abs(mean) < 0.03 * one, `mean step ${mean} of ${one}`);
});

Deno.test("the vessel's border follows the kidneys of the person", () => {
  for (let seed = 0; seed < 10; seed++) {
    const anatomy = growAnatomy(new Rng(seed));
    const poles = anatomy.structures.flatMap((structure) =>
      structure.kind === "ellipsoid" && structure.tissue === "kidney" ? [structure.centre[2] + structure.radii[2]] : []
    );
    const borders = anatomy.structures.flatMap((structure) =>
      structure.kind === "tube" && structure.labels ? [structure.border!] : []
    );
    assertEquals(borders, [(poles[0] + poles[1]) / 2]);
    const share = (border: number) => {
      const moved = anatomy.structures.map((structure) => "border" in structure ? { ...structure, border } : structure);
      const { label } = scan({ ...anatomy, structures: moved }, buildScanner(0, new Rng(1)), new Rng(seed));
      return label.data.filter((value) => value === 1).length;
    };
    assertEquals(share(Infinity), 0);
    assert(share(-10) > share(0) && share(0) > share(10));
  }
});

Deno.test("the gland looks like the nodes and the labelled vessel like the other one: same tissue in one person", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { structures } = growAnatomy(new Rng(seed));
    const glands = structures.filter(({ tissue }) => tissue === "gland");
    assert(glands.length >= 4);
    assertEquals(glands.filter((structure) => structure.kind === "ellipsoid" && structure.label).length, 1);
    const vessels = structures.filter(({ tissue }) => tissue === "blood");
    assertEquals(vessels.map((vessel) => vessel.kind === "tube" && vessel.labels !== undefined).sort(), [false, true]);
  }
});

Deno.test("sites differ in the order of their tissues, not only in their scale", () => {
  const order = (site: number) => {
    const { contrast } = buildScanner(site, new Rng(site));
    return [...TISSUES].sort((a, b) => contrast[a] - contrast[b]).join();
  };
  assertEquals(new Set([0, 1, 2].map(order)).size, 3);
});

Deno.test("in every site the vessel and the gland stand out from the muscle around them", () => {
  for (let site = 0; site < 6; site++) {
    for (let seed = 0; seed < 10; seed++) {
      const { contrast, noise } = buildScanner(site, new Rng(seed));
      assert(Math.abs(contrast.blood - contrast.muscle) > 3 * noise);
      assert(Math.abs(contrast.gland - contrast.muscle) > 1.5 * noise);
    }
  }
});

Deno.test("an aborted cohort ends with the reason and no dataset.json", async () => {
  await withFolder(async (directory) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const onCase = () => controller.abort(reason);
    const error = await assertRejects(() =>
      writePhantomCohort(directory, { sites: 1, casesPerSite: 3, onCase, signal: controller.signal })
    );
    assert(error === reason);
    await assertRejects(() => Deno.stat(`${directory}/dataset.json`));
  });
});
