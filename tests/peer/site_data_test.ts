/** A site's data before anything of it is trained on: found by use, checked by headers, prepared case by case. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { runPeer } from "../../src/peer/peer.ts";
import { checkSite, openSite, prepareAll } from "../../src/peer/site_data.ts";
import { makeSite, withDirectory } from "./_site.ts";

/** A Worker that does not exist: whoever starts it fails by its name. */
const trainerWorker = new URL("./fixtures/no_worker.ts", import.meta.url);

const id = (number: number) => `phantom_100${number}`;
const split = { training: [0, 1, 2, 3].map(id), labelled: [id(0)], probe: [4, 5].map(id), test: [6].map(id) };

Deno.test("what a site's data or split has wrong is told before a Worker is started, a connection made or a key drawn", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const events: string[] = [];
    const start = (data: object) =>
      runPeer({ ...configuration, data: { ...configuration.data, ...data } }, {
        emit: ({ type }) => events.push(type),
        trainerWorker,
      });
    const overlap = { split: { ...split, test: [id(0)] } };
    await assertRejects(() => start(overlap), UserError, `(field "data.split": ${id(0)} is in labelled and in test)`);
    const label = (number: number) => join(directory, "phantoms", "labelsTr", `${id(number)}.nii.gz`);
    await Deno.writeTextFile(label(6), "no volume");
    await assertRejects(() => start({ split }), UserError, label(6));
    assertEquals(events, []);
  }));

Deno.test("a label that nothing uses is not looked at; an image that something uses is", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const site = { ...configuration, data: { ...configuration.data, split } };
    const path = (folder: string) => join(directory, "phantoms", folder, `${id(3)}.nii.gz`);
    await Deno.writeTextFile(path("labelsTr"), "no volume");
    assertEquals(await checkSite(await openSite(site), site), []);
    await Deno.writeTextFile(path("imagesTr"), "no volume");
    await assertRejects(async () => checkSite(await openSite(site), site), UserError, path("imagesTr"));
  }));

Deno.test("each case is prepared once, and each is told", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const site = { ...configuration, data: { ...configuration.data, split } };
    const { dataset, references } = await openSite(site);
    const told: string[] = [];
    const prepared = await prepareAll(references, site, dataset, ({ step, steps }) => {
      told.push(`${step}/${steps}`);
    });
    assertEquals(told, [1, 2, 3, 4, 5, 6, 7].map((step) => `${step}/7`));
    assertEquals(prepared.labelled[0], prepared.training[0]);
  }));
