/** Keys, charter, folders and data of a site, as `doctor --config` finds them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { belongingOf } from "../../../src/cli/doctor/_belonging.ts";
import { examineData } from "../../../src/cli/doctor/_data.ts";
import { examineFolders, freeBytes } from "../../../src/cli/doctor/_folders.ts";
import { examineSite } from "../../../src/cli/doctor/examine.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { folderHolder, lockFolder } from "../../../src/core/lock.ts";
import { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { found, revoke, setThreshold } from "../../../src/mesh/charter/proposals.ts";
import { loadIdentity } from "../../../src/mesh/envelope/identity.ts";
import { parseConfiguration } from "../../../src/peer/configuration.ts";
import { charterSettings, modelDigest } from "../../../src/peer/shared_settings.ts";
import { lay } from "../../data/datasets/_lay.ts";
import { newIdentity } from "../../mesh/_identities.ts";
import { signed, withFolder } from "../../mesh/charter/_charters.ts";

const consortium = "heart";
const founder = await newIdentity();

const written = (more: object = {}) => ({
  ...{ name: "site", data: { directory: "data", spacing: [1, 1, 1] } },
  network: { baseFilters: 4, levels: 2, patch: [4, 4, 4], pool: [[2, 2, 2]] },
  engine: { name: "cpu" },
  mesh: { charter: "charter.json", listen: ["/ip4/127.0.0.1/tcp/0"], mdns: false },
  ...more,
});

const configurationIn = (directory: string, more: object = {}) =>
  parseConfiguration(written(more), "site.json", directory);

const said = (findings: readonly Finding[]) => findings.map(({ check, level, says }) => `${level} ${check}: ${says}`);

/** A site with keys and a charter of it and the founder, which both must sign: `signers` have. */
async function chartered(
  directory: string,
  { threshold = 1, signers = [founder] } = {},
): Promise<CharterChain | undefined> {
  const site = await loadIdentity(`${directory}/state`);
  const configuration = configurationIn(directory);
  const members = [
    await makeMember(founder, { consortium, name: "founder" }),
    await makeMember(site, { consortium, name: "site" }),
  ];
  const [model, settings] = [await modelDigest(configuration), charterSettings(configuration)];
  const first = await signed(found({ consortium, model, settings, threshold, members }), signers);
  await writeCharterFile(`${directory}/charter.json`, [first]);
  return signers.length < threshold ? undefined : await CharterChain.found(first);
}

Deno.test("a member whose settings are the charter's belongs, and members are called by their names", () =>
  withFolder(async (directory) => {
    await chartered(directory);
    const { peerId } = await loadIdentity(`${directory}/state`);
    const { findings, members, nameOf, ...rest } = await belongingOf(configurationIn(directory));
    assertEquals(findings.map(({ level }) => level), ["ok", "ok", "ok", "ok"]);
    assertStringIncludes(said(findings)[1], "ok charter: version 1 of heart, ");
    assertEquals([members.length, nameOf(founder.peerId), rest], [2, "founder", { peerId, consortium }]);
    const other = await belongingOf(configurationIn(directory, { seed: 2 }));
    assertEquals(said(other.findings)[2], 'fault charter: "seed" is 2 here, 1 in the charter');
    assertEquals([...Deno.readDirSync(`${directory}/state`)].some(({ name }) => name === "charter.json"), false);
  }));

Deno.test("what is wrong with keys, charter or membership is a fault with its remedy", () =>
  withFolder(async (directory) => {
    const lines = async (more: object = {}) => said((await belongingOf(configurationIn(directory, more))).findings);
    assertStringIncludes((await lines())[0], `fault keys: ${directory}/state holds none yet`);
    assertStringIncludes((await lines())[1], "fault charter: reading the charter: it must exist");
    await chartered(directory, { threshold: 2 });
    assertStringIncludes((await lines())[1], "its first version has 1 of 2 signatures");
    const chain = (await chartered(directory))!;
    const without = await chain.extend(await signed(revoke(chain, "site"), [founder]));
    await writeCharterFile(`${directory}/state/charter.json`, without.versions);
    assertStringIncludes(
      (await lines()).at(-1)!,
      "fault membership: version 2 of the charter does not name this site, 12D3",
    );
    const other = await chain.extend(await signed(setThreshold(chain, 2), [founder]));
    await writeCharterFile(`${directory}/charter.json`, other.versions);
    assertStringIncludes((await lines())[1], "has split from what this site began with");
    await Deno.writeTextFile(`${directory}/state/identity.key`, "x");
    assertStringIncludes((await lines())[0], "fault keys: reading a private key");
    const listed = { mesh: { consortium, members: [founder.peerId] } };
    await Deno.remove(`${directory}/state/identity.key`);
    await loadIdentity(`${directory}/state`);
    assertStringIncludes((await lines(listed))[1], "note membership: mesh.members does not list this site itself");
  }));

Deno.test("folders: private, to be written, and in use by a running peer that is left alone", () =>
  withFolder(async (directory) => {
    const records = { curves: false };
    const folders = { stateDirectory: `${directory}/state`, outputDirectory: `${directory}/results`, records };
    const before = await examineFolders(folders);
    assertEquals(said(before.findings), [
      `ok folders: stateDirectory ${directory}/state can be made`,
      `ok folders: outputDirectory ${directory}/results can be made`,
    ]);
    await Deno.writeTextFile(`${directory}/file`, "");
    const log = { file: `${directory}/file/peer.log`, format: "text" as const, size: 1, files: 1 };
    const logged = await examineFolders({ ...folders, records: { ...records, log } });
    assertStringIncludes(said(logged.findings)[2], `fault folders: the folder of records.log.file ${directory}/file`);
    await Deno.mkdir(`${directory}/state`);
    await Deno.chmod(`${directory}/state`, 0o755);
    const options = { doing: "starting the peer", what: '"stateDirectory"', by: "node --config site.json" };
    const lock = await lockFolder(`${directory}/state`, options);
    const { findings, isRunning } = await examineFolders(folders);
    assertEquals(isRunning, true);
    assertStringIncludes(said(findings)[0], "note folders: this site's peer runs: process ");
    assertStringIncludes(said(findings)[1], "holds the private keys (mode 755)");
    assertStringIncludes((await folderHolder(`${directory}/state`))!, "node --config site.json");
    lock.release();
    assertEquals((await examineFolders(folders)).isRunning, false);
    assertEquals([...Deno.readDirSync(`${directory}/state`)].map(({ name }) => name), [".lock"]);
    assert((await freeBytes(`${directory}/none/yet`))! > 0);
  }));

/** Six volumes with two labels of which each has a voxel. */
async function data(directory: string): Promise<void> {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  await lay(`${directory}/data`, {
    ...Object.fromEntries(names.map((name) => [`${name}.nii`, [6, 6, 6]])),
  });
}

Deno.test("every file of the data is read, and each that is at fault is named", () =>
  withFolder(async (directory) => {
    await data(directory);
    const configuration = configurationIn(directory);
    const sound = await examineData(configuration, { isPlanned: false });
    assertStringIncludes(said(sound.findings)[0], "ok data: 8 cases can be read: ");
    assert(sound.memory! > 2 ** 29);
    assertEquals((await examineData(configuration, { isPlanned: true })).memory, undefined);
    for (const name of ["a", "b"]) {
      const path = `${directory}/data/${name}.nii`;
      await Deno.truncate(path, (await Deno.stat(path)).size - 10);
    }
    const { findings, memory } = await examineData(configuration, { isPlanned: false });
    const faults = said(findings).filter((line) => line.startsWith("fault"));
    for (const name of ["a.nii", "b.nii"]) assert(faults.some((line) => line.includes(name)), `${name}: ${faults}`);
    assertEquals([memory, findings.some(({ level }) => level === "ok")], [undefined, false]);
    const none = configurationIn(directory, { data: { directory: "nowhere", spacing: null } });
    assertStringIncludes(said((await examineData(none, { isPlanned: false })).findings)[0], "the folder must exist");
  }));

Deno.test("a whole site is looked at, findings are told as they come, and a bad configuration ends it", () =>
  withFolder(async (directory) => {
    await data(directory);
    await chartered(directory);
    const file = `${directory}/site.jsonc`;
    await Deno.writeTextFile(file, `// this site\n${JSON.stringify(written())}`);
    const told: Finding[] = [];
    const findings = await examineSite(file, { onFinding: (finding) => told.push(finding), timeout: 2_000 });
    assertEquals(told, findings);
    const checks = [...new Set(findings.map(({ check }) => check))];
    assertEquals(checks, [
      ...["settings", "folders", "keys", "charter", "membership", "ports", "addresses", "proxy", "engine", "data"],
      ...["memory", "disk", "clock", "members", "relays", "nat"],
    ]);
    assertEquals(said(findings.filter(({ level }) => level === "fault")), []);
    assert(said(findings).includes("warning members: founder is not reached: no address of it is known"));
    await Deno.writeTextFile(file, "{ // nothing\n");
    assertStringIncludes(
      said(await examineSite(file))[0],
      "fault settings: reading the configuration: it must be JSON; ",
    );
  }));
