/** Keys, charter and membership; nothing is made or adopted. */
import { isUserError, messageOf } from "../../core/errors.ts";
import { type Charter, fingerprint } from "../../mesh/charter/charter.ts";
import { type CharterFile, readCharterFile } from "../../mesh/charter/file.ts";
import { forkBetween } from "../../mesh/charter/fork.ts";
import { readPeerId } from "../../mesh/envelope/identity.ts";
import type { PeerConfiguration } from "../../peer/configuration.ts";
import { differencesFrom, modelDigest } from "../../peer/shared_settings.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** Who belongs, as far as it is known. */
export interface Belonging {
  readonly findings: readonly Finding[];
  /** This site's, where it has keys. */
  readonly peerId?: string;
  readonly consortium: string;
  readonly members: readonly string[];
  /** How people call a member. */
  nameOf(peer: string): string;
}

const keys = findingsOf("keys");
const charters = findingsOf("charter");
const membership = findingsOf("membership");

async function ownId(stateDirectory: string): Promise<{ peerId?: string; findings: Finding[] }> {
  try {
    const peerId = await readPeerId(stateDirectory);
    if (peerId !== undefined) return { peerId, findings: [keys.ok(`this site is ${peerId}`)] };
    const says = `${stateDirectory} holds none yet`;
    return { findings: [keys.fault(says, "deno task init makes them, or deno task charter join")] };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return {
      findings: [keys.fault(messageOf(error), "restore the keys from a copy, and let only the peer's user read them")],
    };
  }
}

/** Looks at keys and charter, or the list of members. */
export async function belongingOf(configuration: PeerConfiguration): Promise<Belonging> {
  const { stateDirectory, mesh: { charter: file, consortium = "", members = [] } } = configuration;
  const { peerId, findings } = await ownId(stateDirectory);
  const own = peerId !== undefined && { peerId };
  if (file === undefined) {
    const listed = peerId === undefined || members.includes(peerId)
      ? membership.ok(`mesh.members lists ${members.length}`)
      : membership.note(
        `mesh.members does not list this site itself, which is fine here; the other sites must list ${peerId}`,
      );
    return { findings: [...findings, listed], ...own, consortium, members, nameOf: (peer) => peer };
  }
  let read: CharterFile;
  try {
    read = await readCharterFile(file);
  } catch (error) {
    if (!isUserError(error)) throw error;
    const fault = charters.fault(
      messageOf(error),
      "have a member send the charter; where there is none yet, deno task charter create makes it of all sites' requests",
    );
    return { findings: [...findings, fault], ...own, consortium, members: [], nameOf: (peer) => peer };
  }
  const { charter, findings: found } = await inForce(read, file, stateDirectory);
  const names = new Map(charter.members.map(({ peer, name }) => [peer, name]));
  return {
    findings: [
      ...findings,
      ...found,
      ...await settingsFindings(charter, configuration),
      ...(peerId === undefined ? [] : [membershipOf(charter, peerId)]),
    ],
    ...own,
    consortium: charter.consortium,
    members: [...names.keys()],
    nameOf: (peer) => names.get(peer) ?? peer,
  };
}

/** The newest version that this site has, from its file or as its peer has kept it. */
async function inForce(
  { chain, pending }: CharterFile,
  file: string,
  stateDirectory: string,
): Promise<{ charter: Charter; findings: Finding[] }> {
  if (!chain) {
    const { charter, approval: { signers, needed } } = pending!;
    const says = `${file}: its first version has ${signers.length} of ${needed} signatures`;
    return { charter, findings: [charters.fault(says, "have the other members sign it: deno task charter approve")] };
  }
  const kept = await readCharterFile(`${stateDirectory}/charter.json`).then(({ chain }) => chain, (error) => {
    if (isUserError(error)) return undefined; // a first start keeps it
    throw error;
  });
  if (kept && (kept.mark.founding !== chain.mark.founding || forkBetween(kept, chain))) {
    const says = `${file} has split from what this site began with, ${stateDirectory}/charter.json`;
    return {
      charter: chain.newest,
      findings: [
        charters.fault(says, "compare fingerprints with the other sites (charter show), and put theirs in place"),
      ],
    };
  }
  const newest = kept && kept.version > chain.version ? kept : chain;
  const says = `version ${newest.version} of ${newest.newest.consortium}, ${fingerprint(newest.mark.digest)}, is valid`;
  const waiting = pending ? [charters.note(`version ${pending.charter.version} waits for signatures`)] : [];
  return { charter: newest.newest, findings: [charters.ok(says), ...waiting] };
}

async function settingsFindings(charter: Charter, configuration: PeerConfiguration): Promise<Finding[]> {
  const lines = charter.settings ? differencesFrom(charter.settings, configuration) : [];
  const remedy = "leave the field out, so that it is taken from the charter";
  if (lines.length > 0) return lines.map((line) => charters.fault(line, remedy));
  if (charter.model === await modelDigest(configuration)) return [charters.ok("the settings are those of the charter")];
  const says = "the settings are not those that the charter was made for; it has a fingerprint of them only";
  return [charters.fault(says, "compare seed, network, pretrain, data.spacing and mesh.averaging with another site's")];
}

function membershipOf(charter: Charter, peerId: string): Finding {
  const own = charter.members.find(({ peer }) => peer === peerId);
  if (own) return membership.ok(`the charter names this site as ${own.name}`);
  const remedy = "send the request of deno task charter join to a member, who enters it: deno task charter admit";
  return membership.fault(`version ${charter.version} of the charter does not name this site, ${peerId}`, remedy);
}
