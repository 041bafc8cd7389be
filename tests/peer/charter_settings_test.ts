/** Settings that a site takes from its charter. */
import { assertEquals, assertRejects } from "@std/assert";
import { describeError } from "../../src/cli/command.ts";
import { UserError } from "../../src/core/errors.ts";
import { CharterChain } from "../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../src/mesh/charter/file.ts";
import { makeMember } from "../../src/mesh/charter/member.ts";
import { found } from "../../src/mesh/charter/proposals.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { parseConfiguration, readConfiguration } from "../../src/peer/configuration.ts";
import { readMembership } from "../../src/peer/_membership.ts";
import { ANY_PLAN, readAnyConfiguration } from "../../src/peer/planning_configuration.ts";
import { charterSettings, modelDigest } from "../../src/peer/shared_settings.ts";
import { objectives } from "../../src/pretraining/objectives/registry.ts";
import { signed, withFolder } from "../mesh/charter/_charters.ts";
import { newIdentity } from "../mesh/_identities.ts";

const consortium = "heart";
const founder = await newIdentity();

/** What the consortium agreed on; `changes` replaces sections. */
const agreed = (changes: object = {}) => ({
  name: "founder",
  seed: 7,
  data: { directory: "data", spacing: [2, 2, 3], crop: [90, 90, 60] },
  network: { baseFilters: 4, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  schedule: { rounds: 5, stepsPerRound: 20 },
  mesh: { consortium, members: [founder.peerId], averaging: { compression: "int8" } },
  ...changes,
});

/** Writes a charter of `value` and a site that says `own` beside who it is; the site's file. */
async function chartered(directory: string, value: object, own: object = {}): Promise<string> {
  const configuration = "plan" in value
    ? parseConfiguration({ ...value, ...WITH_ANY_PLAN }, "site.json", directory)
    : parseConfiguration(value, "site.json", directory);
  const site = await loadIdentity(`${directory}/state`);
  const members = [
    await makeMember(founder, { consortium, name: "founder" }),
    await makeMember(site, { consortium, name: "site" }),
  ];
  const [model, settings] = [await modelDigest(configuration), charterSettings(configuration)];
  const chain = await CharterChain.found(
    await signed(found({ consortium, model, settings, threshold: 1, members }), [founder]),
  );
  await writeCharterFile(`${directory}/charter.json`, chain.versions);
  const file = `${directory}/site.json`;
  const least = { name: "site", data: { directory: "data" }, mesh: { charter: "charter.json" } };
  await Deno.writeTextFile(file, JSON.stringify({ ...least, ...own }));
  return file;
}

const WITH_ANY_PLAN = {
  data: { directory: "data", spacing: ANY_PLAN.spacing },
  network: { patch: ANY_PLAN.patch, pool: ANY_PLAN.pool },
};

for (const objective of objectives.names) {
  Deno.test(`a site that says nothing of what all share takes it from the charter, with the objective ${objective}`, () =>
    withFolder(async (directory) => {
      const value = agreed({ pretrain: { objective } });
      const site = await readConfiguration(await chartered(directory, value));
      const { pretrain, network, seed, data, schedule } = parseConfiguration(value, "site.json", "/");
      assertEquals([site.pretrain, site.network, site.seed], [pretrain, network, seed]);
      assertEquals([site.data.spacing, site.data.crop, site.data.labelled], [data.spacing, data.crop, 1]);
      assertEquals(site.schedule, schedule);
      assertEquals((await readMembership(site)).members.length, 2);
    }));
}

Deno.test("all of a federated fine-tuning is in the charter, and a site may train for as long as it likes otherwise", () =>
  withFolder(async (directory) => {
    const federated = agreed({ fineTune: { mode: "federated", steps: 50, rounds: 4 } });
    const together = await readConfiguration(await chartered(directory, federated));
    assertEquals([together.fineTune.mode, together.fineTune.steps], ["federated", 50]);
    const own = { schedule: { rounds: 9, exchanges: 1 }, fineTune: { steps: 3 } };
    const alone = await readConfiguration(await chartered(directory, agreed(), own));
    assertEquals([alone.schedule.rounds, alone.schedule.stepsPerRound, alone.fineTune.steps], [9, 20, 3]);
    assertEquals((await readMembership(alone)).consortium, consortium);
  }));

Deno.test("sites whose charter says that they plan plan", () =>
  withFolder(async (directory) => {
    const { data: _, network: _network, schedule: _schedule, ...planned } = agreed({ plan: { minutes: 30 } });
    const site = await readAnyConfiguration(await chartered(directory, planned));
    if (!("withPlan" in site)) throw new Error("nothing is planned");
    assertEquals([site.plan.minutes, site.seed], [30, 7]);
    assertEquals((await readMembership(site.withPlan(ANY_PLAN))).members.length, 2);
  }));

Deno.test("a site whose settings differ is told which, with both values, one a line", () =>
  withFolder(async (directory) => {
    const own = { seed: 8, network: { levels: 3, baseFilters: 16 }, pretrain: { temperature: 0.5 } };
    const file = await chartered(directory, agreed(), own);
    const error = await assertRejects(async () => await readMembership(await readConfiguration(file)), UserError);
    assertEquals(describeError(error).split("\n"), [
      "error: starting the peer: what all sites share must be as the charter says; leave these fields out to take its " +
      `values (${directory}/charter.json):`,
      '  "seed" is 8 here, 7 in the charter',
      '  "network.baseFilters" is 16 here, 4 in the charter',
      '  "pretrain.temperature" is 0.5 here, 0.2 in the charter',
    ]);
  }));

Deno.test("where the mixture of file and charter breaks a rule, what differs is told instead", () =>
  withFolder(async (directory) => {
    const averaging = (outer: object) => ({ averaging: { outer } });
    const nesterov = averaging({ name: "gossip-nesterov", momentum: 0.8 });
    const value = agreed({ mesh: { consortium, members: [founder.peerId], ...nesterov } });
    const own = { mesh: { charter: "charter.json", ...averaging({ name: "plain" }) } };
    const error = await assertRejects(async () => readConfiguration(await chartered(directory, value, own)), UserError);
    assertEquals(error.lines, ['"mesh.averaging.outer.name" is plain here, gossip-nesterov in the charter']);
    // what has nothing to do with the charter keeps its own sentence
    const other = chartered(directory, agreed(), { engine: { threads: 0 } });
    await assertRejects(async () => readConfiguration(await other), UserError, 'field "engine.threads"');
  }));

Deno.test("a charter that is not there is named, unless the configuration says what is trained", () =>
  withFolder(async (directory) => {
    const file = await chartered(directory, agreed());
    await Deno.remove(`${directory}/charter.json`);
    const rule = 'the charter must be there, from which "network" and all else that sites share is taken';
    await assertRejects(() => readConfiguration(file), UserError, `${rule} (${directory}/charter.json)`);
    await Deno.writeTextFile(file, JSON.stringify({ ...agreed(), mesh: { charter: "charter.json" } }));
    assertEquals((await readConfiguration(file)).seed, 7);
    await Deno.writeTextFile(`${directory}/charter.json`, "{}");
    await assertRejects(() => readConfiguration(file), UserError, "reading the charter: ");
  }));
