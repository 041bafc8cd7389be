/** The split of a start, on disk. */
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import type { Dataset } from "../../../src/data/datasets/dataset.ts";
import { splitOf } from "../../../src/peer/site_data.ts";
import { imageDigest } from "../../../src/peer/state/image_digest.ts";
import { settleSplit } from "../../../src/peer/state/settle_split.ts";
import { siteIn, withDirectory } from "../_site.ts";

/** A site with files that stand for eight labelled cases, "a" to "h", and a case whose file holds what it is given. */
const withSite = (
  test: (site: {
    directory: string;
    dataset: Dataset;
    settle: (options?: { seed?: number; dataset?: Dataset; isBegun?: boolean }) => ReturnType<typeof settleSplit>;
    caseOf: (id: string, content?: string) => Promise<Dataset["cases"][number]>;
  }) => Promise<void>,
) =>
  withDirectory(async (directory) => {
    const caseOf = async (id: string, content = id) => {
      const image = join(directory, `${id}.nii`);
      await Deno.writeTextFile(image, content);
      return { id, subject: id, image, label: image };
    };
    const cases = await Promise.all([..."abcdefgh"].map((id) => caseOf(id)));
    const dataset = { name: "heart", directory, format: "folder", labels: new Map([[1, "shell"]]), cases };
    const configuration = siteIn(directory);
    await Deno.mkdir(configuration.stateDirectory);
    await test({
      ...{ directory, dataset, caseOf },
      settle: ({ seed = configuration.seed, dataset: given = dataset, isBegun = false } = {}) =>
        settleSplit({ ...configuration, seed }, given, { isBegun }),
    });
  });

Deno.test("the split that is drawn first is kept once the training begins, whatever would be drawn later", () =>
  withSite(async ({ directory, dataset, settle }) => {
    const drawn = splitOf(dataset, siteIn(directory));
    const first = await settle();
    assertEquals([first.configuration.data.split, first.warnings], [drawn, []]);
    assertNotEquals((await settle({ seed: 9 })).configuration.data.split, drawn); // not kept yet
    await first.keep();
    const later = await settle({ seed: 9 });
    assertEquals([later.configuration.data.split, later.warnings], [drawn, []]);
  }));

Deno.test("all cases of a dataset whose table names several scanners are the peer's own", () =>
  withSite(async ({ dataset, settle }) => {
    const cases = dataset.cases.map((reference, i) => ({ ...reference, site: `scanner ${i % 3}` }));
    const { configuration: { data: { split } }, warnings } = await settle({ dataset: { ...dataset, cases } });
    assertEquals([split, warnings], [(await settle()).configuration.data.split, []]);
    assertEquals([...split!.training, ...split!.probe, ...split!.test].sort(), [..."abcdefgh"]);
  }));

Deno.test("new cases join training, but a test case's image does not, under whatever name", () =>
  withSite(async ({ dataset, settle, caseOf }) => {
    const first = await settle();
    await first.keep();
    const { split } = first.configuration.data;
    const cases = [...dataset.cases, await caseOf("x"), await caseOf("y", split!.test[0])];
    const later = await settle({ dataset: { ...dataset, cases } });
    assertEquals(later.configuration.data.split, { ...split!, training: [...split!.training, "x"] });
    assertMatch(later.warnings.join(), /join training: x,.*y \(., test\)/);
  }));

Deno.test("a state of an earlier version keeps the split of now, and says so once", () =>
  withSite(async ({ settle }) => {
    const first = await settle({ isBegun: true });
    assertMatch(first.warnings.join(), /was begun by a version that kept no split/);
    await first.keep();
    assertEquals((await settle({ isBegun: true })).warnings, []);
  }));

Deno.test("a kept split that is damaged stops the peer, with the way out", () =>
  withSite(async ({ directory, settle }) => {
    for (const text of ["{", "{}", '{"version":2}']) {
      await Deno.writeTextFile(join(directory, "state", "split.json"), text);
      await assertRejects(() => settle(), UserError, "restore it from a backup, or begin anew with --begin-anew");
    }
  }));

Deno.test("an image is known by its size, its beginning, its middle and its end", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "image");
    const digestOf = async (bytes: Uint8Array) => {
      await Deno.writeFile(path, bytes);
      return await imageDigest(path);
    };
    for (const size of [0, 1000, 98_304, 98_305, 500_000]) {
      const digests = [await digestOf(new Uint8Array(size)), await digestOf(new Uint8Array(size + 1))];
      for (const at of [0, size >> 1, size - 1].filter((at) => at >= 0 && at < size)) {
        const bytes = new Uint8Array(size);
        bytes[at] = 1;
        digests.push(await digestOf(bytes));
      }
      assertEquals(new Set(digests).size, digests.length, `${size}`);
      assertEquals(await digestOf(new Uint8Array(size)), digests[0]);
    }
    await assertRejects(() => imageDigest(join(directory, "none")), UserError, "opening the data");
  }));
