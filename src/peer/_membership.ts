/** Who this peer is and who belongs, by its configuration: a charter, or a list of members. */
import { encodeBase64 } from "@std/encoding/base64";
import { UserError } from "../core/errors.ts";
import { fingerprint } from "../mesh/charter/charter.ts";
import { type CharterKeeper, openCharter } from "../mesh/charter/keeper.ts";
import { adoptIdentity, type Identity, loadIdentity } from "../mesh/envelope/identity.ts";
import { differencesFrom, modelDigest } from "./shared_settings.ts";
import { settingsDiffer } from "./_differences.ts";
import type { PeerConfiguration } from "./configuration.ts";

/** What of a mesh's options says who belongs. */
export interface Membership {
  identity: Identity;
  consortium: string;
  members: readonly string[];
  charter: CharterKeeper | undefined;
}

/** What the charter in force calls its members, by peer id. */
export function memberNames(charter: CharterKeeper): Record<string, string> {
  return Object.fromEntries(charter.chain.newest.members.map(({ peer, name }) => [peer, name]));
}

/**
 * Reads keys and charter, and puts renewed keys in place where the charter names them.
 *
 * @throws {UserError} if the charter is not valid, is of another model or method, or does not name this peer.
 */
export async function readMembership(configuration: PeerConfiguration): Promise<Membership> {
  const { stateDirectory, mesh: { charter: file, consortium, members } } = configuration;
  if (file === undefined) {
    const identity = await loadIdentity(stateDirectory);
    return { identity, consortium: consortium!, members: members!, charter: undefined };
  }
  const charter = await openCharter({ file, stateDirectory });
  const { newest } = charter.chain;
  const model = await modelDigest(configuration);
  const lines = newest.settings ? differencesFrom(newest.settings, configuration) : [];
  if (lines.length > 0) throw settingsDiffer(lines, { doing: "starting the peer", where: file });
  if (newest.model !== model) {
    throw new UserError(
      'starting the peer: "seed", "network", "pretrain", "data.spacing", "data.crop", "mesh.averaging" and a federated "fineTune" must be ' +
        `as the charter says, whose fingerprint of them is ${fingerprint(newest.model)}`,
      { where: file, value: fingerprint(model) },
    );
  }
  const entries = new Map(newest.members.map((member) => [member.peer, member.hpkePublicKey]));
  const identity = await adoptIdentity(stateDirectory, ({ peerId, hpkePublicKey }) => {
    return entries.get(peerId) === encodeBase64(hpkePublicKey);
  });
  const named = entries.get(identity.peerId);
  if (named === undefined) {
    throw new UserError(`starting the peer: version ${newest.version} of the charter must name it as a member`, {
      where: file,
      value: identity.peerId,
    });
  }
  if (named !== encodeBase64(identity.hpkePublicKey)) {
    throw new UserError(
      "starting the peer: its key for sealing must be the one that the charter names; restore hpke.key from a copy, or have a new one " +
        "approved (charter rotate)",
      { where: file },
    );
  }
  return { identity, consortium: newest.consortium, members: [...entries.keys()], charter };
}
