import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { CharterChain } from "../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../src/mesh/charter/file.ts";
import { makeMember } from "../../src/mesh/charter/member.ts";
import { found, renew, revoke } from "../../src/mesh/charter/proposals.ts";
import { loadIdentity, prepareIdentity } from "../../src/mesh/envelope/identity.ts";
import { readMembership } from "../../src/peer/_membership.ts";
import { modelDigest } from "../../src/peer/shared_settings.ts";
import { parseConfiguration } from "../../src/peer/configuration.ts";
import { signed, withFolder } from "../mesh/charter/_charters.ts";
import { newIdentity } from "../mesh/_identities.ts";

const consortium = "heart";
const other = await newIdentity();

function configurationIn(directory: string, mesh: object = { charter: "charter.json" }, seed = 1) {
  const network = { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] };
  const value = { name: "site", seed, data: { directory: "data", spacing: null }, network, mesh };
  return parseConfiguration(value, "site.json", directory);
}

/** A configuration whose charter, of this site and another, is written beside it. */
async function chartered(directory: string) {
  const configuration = configurationIn(directory);
  const own = await loadIdentity(configuration.stateDirectory);
  const members = [
    await makeMember(own, { consortium, name: "site" }),
    await makeMember(other, { consortium, name: "o" }),
  ];
  const first = found({ consortium, model: await modelDigest(configuration), threshold: 1, members });
  const chain = await CharterChain.found(await signed(first, [other]));
  await writeCharterFile(`${directory}/charter.json`, chain.versions);
  return { configuration, own, chain };
}

Deno.test("consortium and members come from the charter", () =>
  withFolder(async (directory) => {
    const { configuration, own } = await chartered(directory);
    const { identity, charter, ...rest } = await readMembership(configuration);
    assertEquals(rest, { consortium, members: [own.peerId, other.peerId] });
    assertEquals([identity.peerId, charter?.chain.version], [own.peerId, 1]);
  }));

Deno.test("a charter of another model or method is refused before anything starts", () =>
  withFolder(async (directory) => {
    await chartered(directory);
    const starting = readMembership(configurationIn(directory, { charter: "charter.json" }, 2));
    await assertRejects(() => starting, UserError, 'a federated "fineTune" must be as the charter says');
  }));

Deno.test("a peer that the charter does not name is refused by its id", () =>
  withFolder(async (directory) => {
    const { configuration, own, chain } = await chartered(directory);
    const next = await chain.extend(await signed(revoke(chain, "site"), [other]));
    await writeCharterFile(`${directory}/charter.json`, next.versions);
    const rule = `version 2 of the charter must name it as a member (${directory}/charter.json: ${own.peerId})`;
    await assertRejects(() => readMembership(configuration), UserError, rule);
  }));

for (const sealingOnly of [false, true]) {
  Deno.test(`renewed keys ${sealingOnly ? "for sealing " : ""}are put in place when the charter names them, also after a crash`, () =>
    withFolder(async (directory) => {
      const { configuration, own, chain } = await chartered(directory);
      const { stateDirectory } = configuration;
      const fresh = await prepareIdentity(stateDirectory, sealingOnly);
      assertEquals((await readMembership(configuration)).identity.hpkePublicKey, own.hpkePublicKey);
      const entry = await makeMember(fresh, { consortium, name: "site", ...(!sealingOnly && { old: own }) });
      const next = await chain.extend(await signed(renew(chain, entry), [other]));
      await writeCharterFile(`${directory}/charter.json`, next.versions);
      // as if it had been killed between the two files
      if (!sealingOnly) await Deno.rename(`${stateDirectory}/hpke.key.next`, `${stateDirectory}/hpke.key`);
      const { identity } = await readMembership(configuration);
      assertEquals([identity.peerId, identity.hpkePublicKey], [fresh.peerId, fresh.hpkePublicKey]);
      assertEquals(await loadIdentity(stateDirectory), identity);
      assertEquals(identity.peerId === own.peerId, sealingOnly);
      const left = [...Deno.readDirSync(stateDirectory)].filter(({ name }) => name.endsWith(".next"));
      assertEquals(left, []);
    }));
}

Deno.test("a key for sealing that the charter does not name is refused", () =>
  withFolder(async (directory) => {
    const { configuration } = await chartered(directory);
    await Deno.remove(`${configuration.stateDirectory}/hpke.key`);
    await assertRejects(() => readMembership(configuration), UserError, "its key for sealing must be the one that the");
  }));

for (
  const [what, mesh, value] of [
    ["both ways", { charter: "c.json", consortium: "c" }, "it has charter and consortium"],
    ["half a way", { consortium: "c" }, "it has consortium"],
    ["no way", {}, "it has neither"],
  ] as const
) {
  Deno.test(`a configuration that says in ${what} who belongs is refused`, () => {
    const rule = `must have either "charter" or "consortium" and "members" (site.json: ${value})`;
    assertThrows(() => configurationIn("/", mesh), UserError, rule);
  });
}
