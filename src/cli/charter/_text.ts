/** Charters as people read them. */
import { type Charter, charterDigest, fingerprint } from "../../mesh/charter/charter.ts";
import type { CharterFile, Pending } from "../../mesh/charter/file.ts";

function namesOf(peers: readonly string[], { members }: Charter): string {
  const names = new Map(members.map(({ peer, name }) => [peer, name]));
  return peers.map((peer) => names.get(peer) ?? peer).join(", ") || "nobody";
}

/** What changes from `before` to `next`, a line each. */
function describeChanges(next: Charter, before?: Charter): string[] {
  const lines: string[] = [];
  const old = new Map(before?.members.map((member) => [member.peer, member]));
  for (const { name, peer, hpkePublicKey, replaces } of next.members) {
    const same = old.get(peer);
    if (!same) lines.push(replaces ? `${name}: ${peer} in place of ${replaces.peer}` : `adds ${name}, ${peer}`);
    else if (same.hpkePublicKey !== hpkePublicKey) lines.push(`${name}: another key for sealing`);
    else if (same.name !== name) lines.push(`${same.name} is called ${name}`);
  }
  const kept = new Set(next.members.flatMap(({ peer, replaces }) => [peer, replaces?.peer ?? ""]));
  for (const { name, peer } of before?.members ?? []) if (!kept.has(peer)) lines.push(`removes ${name}, ${peer}`);
  if (before && before.threshold !== next.threshold) {
    lines.push(`threshold ${next.threshold} instead of ${before.threshold}`);
  }
  return lines;
}

/** The version that waits: what it changes, who has signed, how many are missing. */
export async function describePending({ charter, approval }: Pending, before?: Charter): Promise<string[]> {
  const { signers, needed } = approval;
  return [
    `version ${charter.version} waits: signed by ${
      namesOf(signers, before ?? charter)
    }, ${signers.length} of ${needed}`,
    `  fingerprint  ${fingerprint(await charterDigest(charter))}`,
    ...describeChanges(charter, before).map((line) => `  ${line}`),
    ...(before ? [] : [`  threshold ${charter.threshold}`, `  model ${fingerprint(charter.model)}`]),
    ...(before ? [] : describeSettings(charter).map((line) => `  ${line}`)),
  ];
}

/** What the sites share, a section a line; nothing where the charter only has its digest. */
function describeSettings({ settings }: Charter): string[] {
  if (!settings) return [];
  const rows = Object.entries(settings).map(([name, value]) => `  ${name.padEnd(10)}  ${JSON.stringify(value)}`);
  return ["settings of all sites", ...rows];
}

/** A whole file. */
export async function describeFile({ chain, pending }: CharterFile): Promise<string[]> {
  const lines: string[] = [];
  if (chain) {
    const { consortium, version, threshold, members, model, signatures } = chain.newest;
    const width = Math.max(...members.map(({ name }) => name.length));
    const signers = namesOf(signatures.map(({ peer }) => peer), chain.at(version - 1) ?? chain.newest);
    lines.push(
      `charter of ${consortium}, version ${version}`,
      `founded as    ${fingerprint(chain.mark.founding)}  (version 1: never changes)`,
      `fingerprint   ${fingerprint(chain.mark.digest)}  (version ${version})`,
      `model         ${fingerprint(model)}`,
      `threshold     ${threshold} of ${members.length} must sign the next version`,
      `signed by     ${signers}`,
      "members",
      ...members.map(({ name, peer }) => `  ${name.padEnd(width)}  ${peer}`),
      ...describeSettings(chain.newest),
    );
  } else lines.push(`charter of ${pending!.charter.consortium}, not yet in force`);
  if (pending) lines.push(...await describePending(pending, chain?.newest));
  lines.push("A fingerprint is 132 bits: read it to each other over the telephone.");
  return lines;
}
