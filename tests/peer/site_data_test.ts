/** A site's data before anything of it is trained on: found by use, checked by headers, prepared case by case. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { datasetFormats } from "../../src/data/datasets/registry.ts";
import { msd } from "../../src/data/datasets/msd.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { wasmEngine } from "../../src/engine/engines/wasm.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import type { PeerEventBody } from "../../src/peer/events.ts";
import { runPeer } from "../../src/peer/peer.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import { checkSite, checkSiteLabels, openSite, prepareAll } from "../../src/peer/site_data.ts";
import { makeSite, withDirectory } from "./_site.ts";

/** A Worker that does not exist: whoever starts it fails by its name. */
const trainerWorker = new URL("./fixtures/no_worker.ts", import.meta.url);

const id = (number: number) => `phantom_100${number}`;
const split = { training: [0, 1, 2, 3].map(id), labelled: [id(0)], probe: [4, 5].map(id), test: [6].map(id) };

Deno.test("what a site's data or split has wrong is told before a Worker is started or a connection made", () =>
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

Deno.test("who begins anew with a mistake in the data has nothing moved aside", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const history = join(configuration.stateDirectory, "history.json");
    await Deno.mkdir(configuration.stateDirectory, { recursive: true });
    await Deno.writeTextFile(history, "{}");
    const data = { ...configuration.data, split: { ...split, test: [id(0)] } };
    const start = () => runPeer({ ...configuration, data }, { emit: () => {}, trainerWorker, anew: "training" });
    await assertRejects(start, UserError, 'field "data.split"');
    assertEquals(await Deno.readTextFile(history), "{}");
  }));

/** The labels of a case with every value replaced. */
async function changeLabel(directory: string, number: number, change: (value: number) => number): Promise<string> {
  const path = join(directory, "phantoms", "labelsTr", `${id(number)}.nii.gz`);
  const volume = await readVolume(path);
  await writeNifti(path, { ...volume, data: volume.data.map(change) });
  return path;
}

Deno.test("labels none of which holds a structure are refused with the files, before a Worker is started", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const site = { ...configuration, data: { ...configuration.data, split } };
    for (let number = 0; number < 8; number++) await changeLabel(directory, number, () => 0);
    const told: string[] = [];
    const start = () =>
      runPeer(site, {
        emit: (event) => event.type === "progress" && told.push(`${event.phase} ${event.step}/${event.steps}`),
        trainerWorker,
      });
    await assertRejects(start, UserError, `labelsTr/${id(0)}.nii.gz, `);
    assertEquals(told.at(-1), "check 2/2");
    const federated = { ...site, fineTune: { ...site.fineTune, mode: "federated" as const } };
    assertEquals(await checkSiteLabels(await openSite(site), federated), [
      `the labelled case ${id(0)} holds none of the dataset's structures: fine-tuning sees background only there`,
      `the test case ${id(6)} holds none of the dataset's structures: Dice says nothing there`,
    ]);
  }));

Deno.test("what a site's labels lack is told: a structure that cannot be learnt, a test case that says nothing", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const site = { ...configuration, data: { ...configuration.data, split } };
    await changeLabel(directory, 0, (value) => value === 3 ? 0 : value);
    await changeLabel(directory, 6, () => 0);
    assertEquals(await checkSiteLabels(await openSite(site), site), [
      "no labelled case has the structure gland (3): it cannot be learnt here",
      `the test case ${id(6)} holds none of the dataset's structures: Dice says nothing there`,
    ]);
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

Deno.test("what a site cannot do for want of cases is told before it starts", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const told = async (data: object) => {
      const site = { ...configuration, data: { ...configuration.data, ...data } };
      return await checkSite(await openSite(site), site);
    };
    const without = "no labelled case: this site takes part in pre-training only, and its report is without Dice";
    assertEquals(await told({ split: { ...split, labelled: [], test: [] } }), [without]);
    assertEquals(await told({ labelled: 0 }), [without]);
    const unused = `${without}; not used: 1 test case`;
    assertEquals(await told({ split: { ...split, labelled: [] } }), [unused]);
    const untested = "no test case: networks are fine-tuned, and the report is without Dice";
    assertEquals(await told({ split: { ...split, test: [] } }), [untested]);
    assertEquals(await told({ split }), []);
  }));

Deno.test("a site without labels fine-tunes with sites that let it, if it knows their structures; otherwise it is told why not", () =>
  withDirectory(async (directory) => {
    const fineTune = { mode: "federated", steps: 10, unlabelled: {} };
    const configuration = await makeSite(directory, { fineTune });
    const labels = { 1: "cavity", 2: "wall", 3: "gland" };
    const told = async (data: object) => {
      const site = { ...configuration, data: { ...configuration.data, ...data } };
      return await checkSite(await openSite(site), site);
    };
    const plain = { directory: join(directory, "phantoms", "imagesTr"), split: { ...split, labelled: [], test: [] } };
    const learns = "no labelled case: networks are fine-tuned by what the other sites' say of the training cases";
    const untested = ", and without a test case the report is without Dice";
    assertEquals(await told({ ...plain, labels }), [learns + untested]);
    assertEquals(await told({ split: { ...split, labelled: [] } }), [learns]); // its dataset.json names them
    assertEquals(await told(plain), [
      'no labelled case, and "data.labels" does not say which structures the other sites have: this site takes part in ' +
      "pre-training only, and its report is without Dice",
    ]);
  }));

Deno.test("labels of a configuration are a dataset's own, in the form of a dataset.json, or refused", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const open = (labels: Record<string, string>, folder = "phantoms") => {
      const data = { ...configuration.data, directory: join(directory, folder), labels, labelled: 0 };
      return openSite({ ...configuration, data });
    };
    const { dataset: { labels } } = await openSite(configuration);
    const own = Object.fromEntries(labels);
    assertEquals((await open(own)).dataset.labels, labels);
    const plain = await open({ 2: "core", 0: "background", 1: "shell" }, "phantoms/imagesTr");
    assertEquals([...plain.dataset.labels], [[1, "shell"], [2, "core"]]);
    const rule = '"data.labels" must be what the dataset itself says, {"1":';
    await assertRejects(() => open({ ...own, 1: "other" }), UserError, rule);
    await assertRejects(() => open({ 300: "core" }, "phantoms/imagesTr"), UserError, "an integer from 0 to 255 (data,");
  }));

Deno.test("a peer tells what its dataset leaves out, unless the cases were chosen by hand", () =>
  withDirectory(async (directory) => {
    const { data, ...configuration } = await makeSite(directory);
    const images = join(directory, "phantoms", "imagesTr");
    await Deno.writeTextFile(join(images, "scan.mgz"), "");
    const start = async (changes: object) => {
      const told: string[] = [];
      const emit = (event: PeerEventBody) => {
        if (event.type !== "warning") return;
        told.push(event.message);
        if (event.message.startsWith("no labelled case")) throw new Error("enough"); // the last one before the Worker
      };
      const site = { ...configuration, data: { ...data, directory: images, ...changes } };
      await assertRejects(() => runPeer(site, { emit, trainerWorker }), Error, "enough");
      return told.slice(0, -1);
    };
    const [leftOut, ...more] = await start({});
    assertMatch(leftOut, /^left out: .*scan\.mgz/);
    assertEquals([more, await start({ split: { ...split, labelled: [], test: [] } })], [[], []]);
  }));

/** Runs a site for a round; what it reports and how many lines of fine-tuning it told. */
async function run(configuration: PeerConfiguration) {
  const schedule = { ...configuration.schedule, rounds: 1, stepsPerRound: 1 };
  const report = await runPeer({ ...configuration, schedule }, { emit: () => {} });
  const path = join(configuration.outputDirectory, "site.json");
  assertEquals(siteFromJson(await Deno.readTextFile(path), path).dice, report.dice);
  const { cases, rounds, fineTune, fineTuneRounds, dice, previews } = report;
  return {
    cases: Object.values(cases),
    rounds: rounds.length,
    tuned: [fineTune.pretrained.length, fineTune.scratch.length, fineTuneRounds!.length],
    tested: dice.length + previews.length,
  };
}

Deno.test("a site with labelled cases and no test case fine-tunes, one with test cases only does not", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { fineTune: { steps: 2 } });
    const at = (name: string, changes: object) => ({
      ...configuration,
      data: { ...configuration.data, split: { ...split, ...changes } },
      stateDirectory: join(directory, name),
      outputDirectory: join(directory, name, "results"),
    });
    assertEquals(await run(at("untested", { test: [] })), {
      cases: [4, 1, 2, 0],
      rounds: 1,
      tuned: [2, 0, 0],
      tested: 0,
    });
    assertEquals(await run(at("untuned", { labelled: [] })), {
      cases: [4, 0, 2, 1],
      rounds: 1,
      tuned: [0, 0, 0],
      tested: 0,
    });
  }));

Deno.test("a plain folder comes to its end without labels, also in a consortium that fine-tunes together", () =>
  withDirectory(async (directory) => {
    const fineTune = { steps: 2, mode: "federated", rounds: 1 };
    const configuration = await makeSite(directory, { fineTune });
    const data = { ...configuration.data, directory: join(directory, "phantoms", "imagesTr") };
    const result = { cases: [6, 0, 2, 0], rounds: 1, tuned: [0, 0, 0], tested: 0 };
    assertEquals(await run({ ...configuration, data }), result);
  }));

Deno.test("a site without labels pre-trains the very network of those that have some", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const data = { ...configuration.data, directory: join(directory, "phantoms", "imagesTr") };
    const layouts = await Promise.all([configuration, { ...configuration, data }].map(async (site) => {
      const trainer = new Trainer({ among: [wasmEngine] });
      return (await trainer.open(site, () => {})).layoutDigest;
    }));
    assertEquals(layouts[0], layouts[1]);
  }));

Deno.test("settings that make no pre-training are refused before a case is prepared", () =>
  withDirectory(async (directory) => {
    const pretrain = { projections: [{ maps: ["encoder9"] }] };
    const configuration = await makeSite(directory, { pretrain });
    const told: unknown[] = [];
    const open = () => new Trainer({ among: [wasmEngine] }).open(configuration, () => {}, (step) => told.push(step));
    await assertRejects(open, UserError, "a feature map must be one of");
    assertEquals(told, []);
  }));

Deno.test("labelled cases of a dataset that names no labels are refused", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const take = datasetFormats.register({
      name: "unnamed",
      matches: () => true,
      open: async (directory, description) => ({ ...await msd.open(directory, description), labels: new Map() }),
    });
    await assertRejects(() => openSite(configuration), UserError, "must name the labels of its labelled cases");
    take();
  }));

Deno.test("each case is prepared once, and each is told", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const fineTune = { ...configuration.fineTune, softLabels: false };
    const site = { ...configuration, fineTune, data: { ...configuration.data, split } };
    const { dataset, references } = await openSite(site);
    const told: string[] = [];
    const prepared = await prepareAll(references, site, dataset, ({ step, steps }) => {
      told.push(`${step}/${steps}`);
    });
    assertEquals(told, [1, 2, 3, 4, 5, 6, 7].map((step) => `${step}/7`));
    assertEquals(prepared.labelled[0], prepared.training[0]);
    assertEquals(prepared.labelled[0].occupancy, undefined);
    const soft = { ...site, fineTune: { ...site.fineTune, softLabels: true } };
    const labelled = { training: [], labelled: references.labelled, probe: [], test: references.test };
    const again = await prepareAll(labelled, soft, dataset);
    assertEquals([again.labelled[0].occupancy?.classes, again.test[0].occupancy], [dataset.labels.size + 1, undefined]);
  }));
