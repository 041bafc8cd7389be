/** `deno task init` without its process: questions, answers, and what becomes of them. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../../src/cli/command.ts";
import { configurationText } from "../../../src/cli/init/configuration_text.ts";
import { answersFrom, type Given, type Terminal } from "../../../src/cli/init/questions.ts";
import { nextSteps, setUpSite } from "../../../src/cli/init/set_up.ts";
import { UserError } from "../../../src/core/errors.ts";
import { writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { found } from "../../../src/mesh/charter/proposals.ts";
import { loadIdentity } from "../../../src/mesh/envelope/identity.ts";
import { rhoFor } from "../../../src/peer/policy/gaussian_mechanism.ts";
import { readAnyConfiguration } from "../../../src/peer/planning_configuration.ts";
import { lay, volumes } from "../../data/datasets/_lay.ts";
import { newIdentity } from "../../mesh/_identities.ts";
import { signed, withFolder } from "../../mesh/charter/_charters.ts";

const SCHEMA = "file:///peers/configuration.schema.json";

/** A terminal at which `answers` are typed one after another; what was asked and said. */
function terminal(answers: readonly string[]): Terminal & { asked: string[]; said: string[] } {
  const left = [...answers];
  const [asked, said]: [string[], string[]] = [[], []];
  const ask = (question: string, fallback = "") => {
    asked.push(question);
    const text = left.shift();
    return text === undefined ? null : text === "" ? fallback : text;
  };
  return { asked, said, ask, say: (line) => said.push(line) };
}

/** A folder of four volumes without labels. */
async function data(directory: string): Promise<string> {
  await lay(`${directory}/data`, volumes("a.nii", "b.nii", "c.nii", "d.nii"));
  return `${directory}/data`;
}

const given = (directory: string, more: Given = {}): Given => ({
  ...{ site: `${directory}/site`, name: "hospital-a", data: `${directory}/data`, mdns: true, privacy: "open" },
  ...more,
});

/** A charter that carries settings, of a founder and of `members`. */
async function writeCharter(path: string, members: readonly string[] = [], settings?: object): Promise<void> {
  const founder = await newIdentity();
  const keys = await Promise.all(members.map(loadIdentity));
  const entries = await Promise.all(
    [founder, ...keys].map((one, i) => makeMember(one, { consortium: "heart", name: `site-${i}` })),
  );
  const first = found({
    ...{ consortium: "heart", model: "ab".repeat(32), threshold: 1, members: entries },
    ...(settings && { settings: { ...settings } }),
  });
  await writeCharterFile(path, [await signed(first, [founder])]);
}

const SETTINGS = {
  ...{ seed: 1, data: { spacing: [2, 2, 2] } },
  network: { baseFilters: 4, levels: 3, norm: "instance", patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
};

Deno.test("all is asked for on a terminal, and a wrong answer again with the rule", () =>
  withFolder(async (directory) => {
    const volumes = await data(directory);
    const typed = terminal([
      `${directory}/site`,
      ...["two words", "hospital-a"],
      ...[`${directory}/nothing`, volumes],
      ...["", "heart-2026", "perhaps", "yes"],
      ...["192.0.2.7", "/dns4/b.example/tcp/4001, /ip4/192.0.2.7/tcp/4001"],
      ...["70000", "4100", "4", "2"],
    ]);
    const { dataset, ...answers } = await answersFrom({}, typed);
    assertEquals(answers, {
      ...{ site: `${directory}/site`, name: "hospital-a", data: volumes, consortium: "heart-2026", found: true },
      ...{ dial: ["/dns4/b.example/tcp/4001", "/ip4/192.0.2.7/tcp/4001"], port: 4100, privacy: "budget" },
    });
    assertEquals(dataset.cases.length, 4);
    const rules = ["1 to 64 letters", "the folder must exist", "yes or no", "must be a multiaddr", "from 0 to 65535"];
    assertEquals(typed.said.length, 6);
    [...rules, "it must be 1, 2 or 3"].forEach((rule, i) => assertStringIncludes(typed.said[i], rule));
  }));

Deno.test("what flags say is not asked for, and an input that ends writes nothing", () =>
  withFolder(async (directory) => {
    await data(directory);
    const typed = terminal(["4001"]);
    const { port, found } = await answersFrom(given(directory, { consortium: "heart", found: false }), typed);
    assertEquals([port, found, typed.asked.length], [4001, false, 1]);
    await assertRejects(() => answersFrom({}, terminal([])), UserError, "nothing was written");
  }));

Deno.test("without a terminal all that is missing is one sentence", async () => {
  const rule = "without a terminal to ask on, these flags are needed: ";
  const all = "--site, --name, --data, --charter or --consortium, --dial or --mdns, --privacy";
  await assertRejects(() => answersFrom({}), UsageError, rule + all);
  await assertRejects(
    () => answersFrom({ site: "s", name: "n", data: "d", consortium: "c", mdns: true }),
    UsageError,
    rule + "--privacy",
  );
});

Deno.test("a site that asks to join has keys, private folders, a request, and a configuration for when the charter comes", () =>
  withFolder(async (directory) => {
    await data(directory);
    const answers = await answersFrom(given(directory, { consortium: "heart", privacy: "budget" }));
    const done = await setUpSite(answers, SCHEMA);
    const mode = async (path: string) => (await Deno.stat(`${directory}/site/${path}`)).mode! & 0o777;
    assertEquals(await mode("state"), 0o700);
    assertEquals([await mode("") & 0o007, await mode("results") & 0o007], [0, 0]);
    assertEquals((await loadIdentity(`${directory}/site/state`)).peerId, done.peerId);
    const request = JSON.parse(await Deno.readTextFile(done.request!));
    assertEquals([request.consortium, request.member.name, request.member.peer], ["heart", "hospital-a", done.peerId]);
    const reading = () => readAnyConfiguration(done.configuration);
    await assertRejects(reading, UserError, "the charter must be there, from which");
    await writeCharter(`${directory}/site/charter.json`, [`${directory}/site/state`], SETTINGS);
    const { name, policy, mesh, data: { directory: folder } } = await reading() as
      & Awaited<ReturnType<typeof reading>>
      & { data: { directory: string } };
    assertEquals([name, folder, policy.totalEpsilon, policy.noise?.epsilon], [
      "hospital-a",
      `${directory}/data`,
      1000,
      100,
    ]);
    assertEquals([mesh.listen, mesh.mdns, mesh.charter], [
      ["/ip4/0.0.0.0/tcp/4001"],
      true,
      `${directory}/site/charter.json`,
    ]);
    const steps = nextSteps(answers, done);
    assertEquals(steps.length, 4);
    assertStringIncludes(steps[0], `send ${done.request} to a member of heart`);
    assertStringIncludes(steps[3], `deno task node --config ${done.configuration}`);
  }));

Deno.test("the site that founds plans with the others, and is told how the charter is made", () =>
  withFolder(async (directory) => {
    await data(directory);
    const answers = await answersFrom(given(directory, { consortium: "heart", found: true }));
    const done = await setUpSite(answers, SCHEMA);
    assert("withPlan" in await readAnyConfiguration(done.configuration));
    assertStringIncludes(
      nextSteps(answers, done)[1],
      `deno task charter create *.join.json --config ${done.configuration} `,
    );
  }));

Deno.test("with a charter that names it a site is ready, with one that does not it asks to be admitted", () =>
  withFolder(async (directory) => {
    await data(directory);
    const charter = `${directory}/given.json`;
    await writeCharter(charter, [`${directory}/site/state`], SETTINGS);
    const answers = await answersFrom(given(directory, { charter }));
    const done = await setUpSite(answers, SCHEMA);
    assertEquals([done.request, nextSteps(answers, done).length], [undefined, 2]);
    assertEquals((await readAnyConfiguration(done.configuration)).seed, 1);
    const other = await answersFrom(given(directory, { charter, site: `${directory}/other` }));
    const { request } = await setUpSite(other, SCHEMA);
    assertEquals(request, `${directory}/other/hospital-a.join.json`);
    await writeCharter(`${directory}/old.json`);
    const old = () => answersFrom(given(directory, { charter: `${directory}/old.json`, site: `${directory}/third` }));
    await assertRejects(old, UserError, "the charter must carry the settings that all sites share");
  }));

Deno.test("nothing is written over: not a configuration, a charter, nor a request", () =>
  withFolder(async (directory) => {
    await data(directory);
    const answers = await answersFrom(given(directory, { consortium: "heart" }));
    const { configuration, request } = await setUpSite(answers, SCHEMA);
    const before = await Deno.readTextFile(configuration);
    const again = () => answersFrom(given(directory, { consortium: "heart" }));
    await assertRejects(again, UserError, "the folder has a configuration already, which stays");
    await assertRejects(() => setUpSite(answers, SCHEMA), UserError, configuration);
    assertEquals(await Deno.readTextFile(configuration), before);
    await Deno.remove(configuration);
    await Deno.writeTextFile(request!, "mine");
    await assertRejects(() => setUpSite(answers, SCHEMA), UserError, "another file is there already, which stays");
    assertEquals(await Deno.readTextFile(request!), "mine");
    await writeCharter(`${directory}/given.json`, [], SETTINGS);
    await Deno.writeTextFile(`${directory}/site/charter.json`, "another");
    const charter = await answersFrom(given(directory, { charter: `${directory}/given.json` }));
    await assertRejects(() => setUpSite(charter, SCHEMA), UserError, "another charter is there already, which stays");
  }));

for (
  const [flags, rule] of [
    [{ name: "a b" }, "the site's name must be 1 to 64 letters"],
    [{ dial: ["/ip4/192.0.2.7"] }, "an address of another site must name a port"],
    [{ consortium: "no name" }, "the consortium's name must be 1 to 64 letters"],
    [{ charter: "nowhere.json" }, "reading the charter"],
    [{ charter: "CHARTER" }, "give --charter or --consortium"],
    [{ charter: "CHARTER", consortium: undefined, found: true }, "is founded already; leave --found out"],
  ] as [Given, string][]
) {
  Deno.test(`init refuses ${JSON.stringify(flags)} in one sentence`, () =>
    withFolder(async (directory) => {
      await data(directory);
      await writeCharter(`${directory}/given.json`, [], SETTINGS);
      const charter = flags.charter === "CHARTER" && { charter: `${directory}/given.json` };
      const wrong = given(directory, { consortium: "heart", ...flags, ...charter });
      await assertRejects(() => answersFrom(wrong), UserError, rule);
    }));
}

Deno.test("the budget lasts for as many rounds as the configuration says", () => {
  const rho = (epsilon: number) => rhoFor({ epsilon, delta: 1e-5 });
  assertEquals(Math.floor(rho(1000) / rho(100)), 15);
});

Deno.test("half of the labelled cases are for fine-tuning, unless too few are left to test on", () =>
  withFolder(async (directory) => {
    const volumes = await data(directory);
    const { dataset, ...answers } = await answersFrom(given(directory, { consortium: "heart" }));
    assertEquals(configurationText({ ...answers, dataset }, SCHEMA).includes(`"labelled":`), false);
    const cases = Array.from({ length: 12 }, (_, i) => {
      return { id: `c${i}`, subject: `c${i}`, image: volumes, ...(i < 6 && { label: volumes }) };
    });
    const text = configurationText({ ...answers, dataset: { ...dataset, cases } }, SCHEMA);
    assertStringIncludes(text, "12 cases were there when this file was written, 6 of them with a label");
    assertStringIncludes(text, '"labelled": 3,');
  }));
