/** Variants of every kind from outside the repository, in real peers: by `extensions`, and in a program of one's own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";
import { peerPermissions } from "../../src/cli/launch.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import type { AuditLine } from "../../src/peer/audit/audit_log.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

/** Enough for peers that do not start in the same moment to meet again and again. */
const ROUNDS = 20;

const PROJECT = new URL("../../", import.meta.url);
const MODULES = ["aggregation_rule", "compressor", "dataset_layout", "objective", "topology"].map((name) =>
  `${name}.ts`
);
const VARIANTS = [
  ...["a compressor sign", "a dataset format image-list", "a topology torus"],
  ...["an aggregation rule geometric-median", "an objective vicreg"],
];

/** Copies the examples as somebody else would have them: they find the project by its URL. */
async function copyExamples(directory: string): Promise<void> {
  await Deno.mkdir(directory);
  for (const name of [...MODULES, "program.ts"]) {
    const text = await Deno.readTextFile(new URL(`scripts/examples/${name}`, PROJECT));
    assertStringIncludes(text, '"../../mod.ts"');
    await Deno.writeTextFile(join(directory, name), text.replace('"../../mod.ts"', `"${new URL("mod.ts", PROJECT)}"`));
  }
}

/** Lists the phantoms' cases in tables. */
async function listCases(directory: string, phantoms: string): Promise<void> {
  const { cases, labels } = await openDataset(phantoms);
  await Deno.mkdir(directory);
  const path = (file: string) => relative(directory, file);
  const rows = cases.map(({ image, label, subject, site }) => [path(image), path(label!), subject, site].join(","));
  await Deno.writeTextFile(join(directory, "cases.csv"), ["\uFEFFimage,label,subject,site", ...rows, ""].join("\n"));
  const names = [...labels].map((label) => label.join(","));
  await Deno.writeTextFile(join(directory, "labels.csv"), ["value,name", ...names, ""].join("\n"));
}

/** Starts the program of one's own in the place of the peer's. */
function startProgram(
  directory: string,
  { configuration, directory: site }: { configuration: string; directory: string },
) {
  const options = ["--quiet", "--config", fromFileUrl(new URL("deno.json", PROJECT)), ...peerPermissions(site)];
  const args = ["run", ...options, join(directory, "program.ts"), "--config", configuration];
  return new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
}

Deno.test("variants of every kind from outside the repository run in peers to the end", () =>
  withDirectory(async (directory) => {
    const elsewhere = join(directory, "elsewhere");
    await copyExamples(elsewhere);
    const sites = await makeConsortium(directory, 3, {
      schedule: { rounds: ROUNDS, stepsPerRound: 1, exchanges: 1 },
      pretrain: { objective: "vicreg", volumes: 2 },
      fineTune: { steps: 1 },
    });
    await listCases(join(directory, "listed"), join(directory, "phantoms"));
    for (const { configuration } of sites) {
      const settings = JSON.parse(await Deno.readTextFile(configuration));
      settings.extensions = MODULES.map((name) => `../../elsewhere/${name}`);
      settings.data.directory = join(directory, "listed");
      settings.mesh.averaging = { topology: "torus", compression: "sign", rule: "geometric-median" };
      await Deno.writeTextFile(configuration, JSON.stringify(settings));
    }

    const peers = sites.slice(1).map((site) => new WatchedPeer(site));
    const program = await startProgram(elsewhere, sites[0]);
    const decoder = new TextDecoder();
    assertEquals(program.code, 0, decoder.decode(program.stderr));
    assertStringIncludes(decoder.decode(program.stdout), "pre-trained with VICReg");
    for (const peer of peers) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
      const told = peer.events.flatMap((event) => event.type === "extension" ? event.variants : []);
      assertEquals(told.toSorted(), VARIANTS);
    }

    const sent: AuditLine[] = [];
    for (const { directory: site } of sites) {
      const path = join(site, "results", "site.json");
      const { objective, members, dice } = siteFromJson(await Deno.readTextFile(path), path);
      assertEquals([objective, members.length, dice.length > 0], ["VICReg", 2, true]); // a late one skips rounds
      const lines = (await Deno.readTextFile(join(site, "state", "audit.jsonl"))).split("\n").filter((line) => line);
      sent.push(...lines.map((line) => JSON.parse(line)));
    }
    assertEquals(new Set(sent.map(({ kind }) => kind)), new Set(["weights"]));
    // what is sent first is whole; then differences of 1.5 bits a value
    const bytes = sent.map(({ bytes }) => bytes);
    assert(Math.max(...bytes) / Math.min(...bytes) > 32 / 1.5 * 0.9, bytes.join(", "));
  }));
