/**
 * As people go: three hospitals from nothing to a model each, and what a researcher then does with it. Every step is
 * the task itself, a process with the permissions that it has, called from a folder that is not the project's. They have
 * volumes of patients where the shared data is there, phantoms elsewhere.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import deno from "../../deno.json" with { type: "json" };
import { freePorts } from "../../src/cli/consortium.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { scoresFromCsv } from "../../src/scoring/csv.ts";
import { sharedData } from "../data/_files.ts";
import { withDirectory } from "./_consortium.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const SITES = ["north", "south", "east"] as const;

/** What they work on: as many cases of each site, and so many that none of them has. */
interface Cohort {
  readonly name: string;
  /** Millimetres of the plan, at which a patch of 16^3 lies in every volume. */
  readonly spacing: readonly [number, number, number];
  readonly structures: readonly string[];
  /** Writes the cases of the folder that is the `place`-th. */
  write(folder: string, place: number, cases: number): Promise<void>;
}

const HIPPOCAMPUS = sharedData("hippocampus");

const phantoms: Cohort = {
  name: "Phantom",
  spacing: [4, 4, 4],
  structures: ["proximal", "distal", "gland"],
  write: (folder, place, casesPerSite) => writePhantomCohort(folder, { seed: place + 1, sites: 1, casesPerSite }),
};

/** Magnetic resonance of patients, 1 mm, of which each folder has the next few. */
const patients: Cohort = {
  name: "Hippocampus",
  spacing: [2, 2, 2],
  structures: ["Anterior", "Posterior"],
  async write(folder, place, cases) {
    const whole = JSON.parse(await Deno.readTextFile(join(HIPPOCAMPUS.path, "dataset.json")));
    const training: { image: string; label: string }[] = whole.training.slice(CASES * place, CASES * place + cases);
    for (const kind of ["imagesTr", "labelsTr"]) await Deno.mkdir(join(folder, kind), { recursive: true });
    for (const file of training.flatMap(({ image, label }) => [image, label])) {
      await Deno.copyFile(join(HIPPOCAMPUS.path, file), join(folder, file));
    }
    const dataset = { ...whole, numTraining: cases, training };
    await Deno.writeTextFile(join(folder, "dataset.json"), JSON.stringify(dataset, null, 2));
  },
};

const COHORT = HIPPOCAMPUS.missing ? phantoms : patients;
/** Of a site; there are {@linkcode NEW_CASES} new ones. */
const CASES = 4;
const NEW_CASES = 3;
/** What the last structure is called in the new cases. */
const OTHER = "other";

/** What the founder writes in place of the plan that `init` has put down: small enough for a test. */
const GIVEN = `"network": { "baseFilters": 4, "levels": 3, "patch": [16, 16, 16], "pool": [[2, 2, 2], [2, 2, 2]] },
  "schedule": { "rounds": 2, "stepsPerRound": 2, "exchanges": 1 },
  "pretrain": { "volumes": 2 },
  "fineTune": { "mode": "federated", "rounds": 1, "steps": 2 },`;

/** A task as it is called from `directory`. */
function task(directory: string, name: keyof typeof deno.tasks, line: string): Deno.Command {
  const [command, script] = deno.tasks[name].command.match(/deno run (.*) (\S+)$/)!.slice(1);
  const args = ["run", "--quiet", `--config=${ROOT}deno.json`, ...command.split(" "), ROOT + script];
  return new Deno.Command(Deno.execPath(), {
    ...{ args: [...args, ...line.split(" ")], cwd: directory, env: { NO_COLOR: "1" } },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  });
}

/** What it writes; it must end with `code`. */
async function run(directory: string, name: keyof typeof deno.tasks, line: string, code = 0) {
  const { stdout, stderr, code: given } = await task(directory, name, line).output();
  const [out, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  assertEquals(given, code, `${name} ${line}: ${out}\n${told}`);
  return { out, told, last: out.split("\n").at(-1)! };
}

async function change(path: string, from: string, to: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assertStringIncludes(text, from);
  await Deno.writeTextFile(path, text.replaceAll(from, to));
}

/** What lies in a folder, but for locks. */
function files(...path: string[]): string[] {
  return [...Deno.readDirSync(join(...path))].map(({ name }) => name).filter((name) => !name.startsWith(".")).sort();
}

/** A cohort for each site, and one that none of them has, in which structures have other names. */
async function writeData(directory: string): Promise<void> {
  for (const [i, name] of [...SITES, "new"].entries()) {
    await COHORT.write(join(directory, "data", name), i, i < SITES.length ? CASES : NEW_CASES);
  }
  await change(join(directory, "data/new/dataset.json"), `"${COHORT.structures.at(-1)}"`, `"${OTHER}"`);
}

/** Three sites with keys and one charter, which two of them have signed. */
async function setUp(directory: string): Promise<void> {
  const ports = freePorts(3);
  for (const [i, name] of SITES.entries()) {
    const dial = `/ip4/127.0.0.1/tcp/${ports[(i + 1) % 3]}`;
    const privacy = ["open", "weights-only", "budget"][i];
    const flags = [
      `--site ${name} --name ${name} --data data/${name} --consortium walk --dial ${dial} --port ${ports[i]}`,
      `--privacy ${privacy}${i === 0 ? " --found" : ""}`,
    ];
    const { out, told } = await run(directory, "init", flags.join(" "));
    assertMatch(out, new RegExp(`^${name}/site.jsonc: ${name}, 12D3\\S+, 4 cases, 4 labelled\nnext\n  1\\. `));
    assertEquals([told, files(directory, name)], ["", [`${name}.join.json`, "results", "site.jsonc", "state"].sort()]);
  }
}

/** The founder says what all train and makes the charter; the second of its sites signs it, and all have it then. */
async function found(directory: string): Promise<void> {
  await change(join(directory, "north/site.jsonc"), '"plan": {},', GIVEN);
  await change(
    join(directory, "north/site.jsonc"),
    '"directory":',
    `"spacing": ${JSON.stringify(COHORT.spacing)}, "directory":`,
  );
  const early = await run(directory, "doctor", "--config south/site.jsonc", 1);
  assertMatch(early.out, /^fault +settings +.*the charter must be there.*\n +-> /);
  assertEquals(early.last, "south/site.jsonc: not ready: see the faults");
  const requests = SITES.map((name) => `${name}/${name}.join.json`).join(" ");
  const create = `create ${requests} --config north/site.jsonc --threshold 2 --state north/state`;
  assertMatch(
    (await run(directory, "charter", `${create} --out charter.json`)).out,
    /^version 1 waits: signed by north/,
  );
  const { last } = await run(directory, "charter", "approve charter.json --state south/state");
  assertMatch(last, /^charter\.json: version 1 is in force/);
  for (const name of SITES) await Deno.copyFile(join(directory, "charter.json"), join(directory, name, "charter.json"));
  const ready = await run(directory, "doctor", "--config south/site.jsonc", 4);
  assertEquals(ready.last, "south/site.jsonc: ready, but see the warnings");
  assertMatch(ready.out, /\nok +charter +the settings are those of the charter\nok +membership +.* as south\n/);
}

/** All three run, meet, train, and end. */
async function train(directory: string): Promise<void> {
  const ran = SITES.map((name) => run(directory, "node", `--config ${name}/site.jsonc --threads 1`));
  for (const [i, { out }] of (await Promise.all(ran)).entries()) {
    const name = SITES[i], results = join(directory, name, "results");
    assertMatch(out, new RegExp(`info    ${name}: round 2/2 .* averaged with `));
    assertMatch(out, new RegExp(`\n\\S+ info    ${name}: model in ${results}/model\n`));
    assertMatch(out, new RegExp(`\n\\S+ info    ${name}: finished in .* Dice from pre-training 0\\.\\d+`));
    assertEquals(files(results), ["encoder", "model", "predictions", "report.html", "site.json"]);
    assertEquals(files(results, "model"), ["MODEL_CARD.md", "model.json", "weights.safetensors"]);
    assertEquals(files(results, "predictions"), ["pretrained"]);
    const page = await Deno.readTextFile(join(results, "report.html"));
    for (const part of [name, "HD95", "data:image/png"]) assertStringIncludes(page, part);
  }
  const { out } = await run(directory, "audit", "south/state/audit.jsonl");
  assertMatch(out, /^south\/state\/audit\.jsonl: \d+ records, the chain is whole\n/);
}

/** One site's model on volumes that none has seen, measured, taught other structures, and written for other programs. */
async function use(directory: string): Promise<void> {
  const model = "south/results/model", { structures } = COHORT;
  const cases = files(directory, "data/new/imagesTr").map((file) => file.slice(0, -".nii.gz".length));
  assertEquals(cases.length, NEW_CASES);
  const predicted = await run(directory, "predict", `--model ${model} --input data/new/imagesTr --output predicted`);
  assertMatch(predicted.out, /^model of south, from pre-training, 1 labelled case, Dice 0\.\d+ on 1 test case /);
  assertEquals([predicted.told, predicted.last], ["", "predictions in predicted"]);
  assertEquals(files(directory, "predicted"), [...cases.map((id) => `${id}.nii.gz`), "predictions.json"]);
  for (const id of cases) {
    const [image, labels] = await Promise.all(
      ["data/new/imagesTr", "predicted"].map((folder) => readVolume(join(directory, folder, `${id}.nii.gz`))),
    );
    assertEquals([labels.dims, labels.affine], [image.dims, image.affine]);
    assert(labels.data.every((value) => value <= structures.length) && labels.data.some((value) => value > 0));
  }
  await run(directory, "score", "--reference data/new/labelsTr --prediction predicted --csv scores.csv");
  const rows = scoresFromCsv(await Deno.readTextFile(join(directory, "scores.csv")), "scores.csv");
  const measured = [...structures.slice(0, -1), OTHER];
  assertEquals(rows.map((row) => `${row.case} ${row.class}`), cases.flatMap((id) => measured.map((n) => `${id} ${n}`)));
  assert(rows.every(({ dice, hd95 }) => dice! >= 0 && dice! <= 1 && hd95! > 0), JSON.stringify(rows));

  const flags = "--data data/new --out tuned --labelled 1 --test 1 --steps 2 --threads 1";
  const tuned = await run(directory, "finetune", `--from ${model} ${flags}`);
  assertStringIncludes(
    tuned.out,
    `is new: the labels differ (were ${structures.join(", ")}; now ${measured.join(", ")})`,
  );
  assertMatch(tuned.out, /\nDice 0\.\d+ on 1 test case\nmodel in tuned\/results\/model$/);

  for (
    const [to, output, holds] of [
      ["pytorch", "for_pytorch", ["README.md", "config.json", "network.py", "weights.safetensors"]],
      ["monai", "bundle", ["configs", "docs", "models", "scripts"]],
      ["onnx", "model.onnx", []],
    ] as const
  ) {
    const { last } = await run(directory, "export", `--model tuned/results/model --to ${to} --output ${output}`);
    assertEquals(last, `${to} in ${output}`);
    if (holds.length > 0) assertEquals(files(directory, output), holds);
    else assert((await Deno.stat(join(directory, output))).size > 50_000);
  }
}

/** All sites on one page, and what was trained side by side. */
async function look(directory: string): Promise<void> {
  const { last } = await run(directory, "report", `${SITES.join(" ")} --out heart.html`);
  assertEquals(last, "report       heart.html, heart.json");
  const { sites, peers } = JSON.parse(await Deno.readTextFile(join(directory, "heart.json")));
  assertEquals([peers, sites.map(({ name }: { name: string }) => name)], [3, SITES]);
  const page = await Deno.readTextFile(join(directory, "heart.html"));
  for (const name of SITES) assertStringIncludes(page, name);
  const runs = "north/results tuned/results/scores.csv south/results/model";
  const { out } = await run(directory, "compare", `${runs} --html compared.html`);
  assertMatch(out, /\nnorth\/results\S*( FCL)? +1 +0\.\d+ /);
  assertMatch(out, /\ntuned\/results\/scores\.csv +1 +0\.\d+ /);
  assertMatch(await Deno.readTextFile(join(directory, "compared.html")), /<!DOCTYPE html>[^]*tuned\/results/);
}

/** The page of volumes, with a prediction and the truth over each. */
async function view(directory: string): Promise<void> {
  const viewer = task(directory, "view", "data/new --prediction predicted").spawn();
  const errors = new Response(viewer.stderr).text();
  const lines = viewer.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  assertEquals((await lines.read()).value, `${COHORT.name}: ${NEW_CASES} cases, until Ctrl-C at`);
  const url = String((await lines.read()).value);
  const get = async (path: string) => {
    const answer = await fetch(new URL(path, url));
    const bytes = await answer.bytes();
    assertEquals([answer.status, bytes.length > 0], [200, true], path);
    return new TextDecoder().decode(bytes);
  };
  const page = await get("");
  for (const path of page.matchAll(/(?:src|href)="([\w.]+)"/g)) await get(path[1]);
  const { cases } = JSON.parse(await get("show.json"));
  assertEquals(cases.map(({ overlays }: { overlays: { kind: string }[] }) => overlays.map(({ kind }) => kind)), [
    ...Array(NEW_CASES).fill(["truth", "prediction"]),
  ]);
  await get(cases[0].image);
  viewer.kill("SIGINT");
  await lines.cancel();
  assertEquals([(await viewer.status).code, await errors], [0, ""]);
}

Deno.test(`three hospitals found a consortium and train; a researcher predicts, scores, fine-tunes, exports, compares and looks${HIPPOCAMPUS.missing ? " (on phantoms: ../shared/data/hippocampus is not there)" : ""}`, () =>
  withDirectory(async (directory) => {
    await writeData(directory);
    await setUp(directory);
    await found(directory);
    await train(directory);
    await use(directory);
    await look(directory);
    await view(directory);
  }));
