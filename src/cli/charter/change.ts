/** `charter admit`, `revoke`, `threshold` and `rotate`: the next version, signed by whoever proposes it. */
import { UserError } from "../../core/errors.ts";
import type { Charter } from "../../mesh/charter/charter.ts";
import type { CharterChain } from "../../mesh/charter/chain.ts";
import { makeMember } from "../../mesh/charter/member.ts";
import { admit as admitted, memberOf, renew, revoke as revoked, setThreshold } from "../../mesh/charter/proposals.ts";
import { type Identity, prepareIdentity } from "../../mesh/identity.ts";
import { type FlagRules, type Flags, parseFlags } from "../command.ts";
import { explained, needed, readChangeable, readOwnKeys, readRequest, readThreshold, signAs } from "./_files.ts";
import { conclude } from "./_result.ts";

const STATE_HELP = [
  "  --state DIR       this site's state directory",
  "  --again           sign although this site has signed another version of this number",
  "The new version goes into CHARTER itself and is in force once as many members have signed as its version before asks for.",
];

/** What a change starts from. */
interface Start {
  chain: CharterChain;
  identity: Identity;
  state: string;
  parsed: Flags;
}

/** A command that proposes what `propose` makes. */
function proposing(
  rules: FlagRules & { help: readonly string[] },
  propose: (start: Start) => Charter | Promise<Charter>,
): (args: readonly string[]) => Promise<void> {
  return async (args) => {
    const parsed = parseFlags(args, {
      ...rules,
      help: [...rules.help, ...STATE_HELP],
      string: [...rules.string ?? [], "state"],
      boolean: [...rules.boolean ?? [], "again"],
    });
    const state = needed(parsed, "state", rules.usage);
    const [file] = parsed.positional;
    const chain = await readChangeable(file);
    const identity = await readOwnKeys(state, chain);
    // before anything is made: who has no vote changes nothing
    await explained("changing the charter", file, () => memberOf(chain.newest, identity.peerId));
    const next = await explained("changing the charter", file, () => propose({ chain, identity, state, parsed }));
    const again = parsed.flags.again === true;
    const signed = await signAs(next, { state, identity, file, voters: chain.newest, again });
    await conclude(file, [...chain.versions, signed]);
  };
}

/** Adds members. */
export const admit = proposing({
  usage: "charter admit CHARTER REQUEST… --state DIR [--again]",
  help: ["Adds the sites whose join requests are given."],
  positional: [2, 2000],
}, async ({ chain, parsed: { positional: [, ...paths] } }) => {
  const requests = await Promise.all(paths.map(readRequest));
  requests.forEach(({ consortium }, i) => {
    if (consortium === chain.newest.consortium) return;
    const rule = `changing the charter: a request must be for ${chain.newest.consortium}`;
    throw new UserError(rule, { where: paths[i], value: consortium });
  });
  return admitted(chain, requests.map(({ member }) => member));
});

const REVOKE_USAGE = "charter revoke CHARTER MEMBER --state DIR [--threshold M] [--again]";

/** Removes a member. */
export const revoke = proposing({
  usage: REVOKE_USAGE,
  help: [
    "Removes the member of this name or peer id. Once this is in force, the others turn it away and renew their keys.",
    "  --threshold M     how many must sign from then on (as before)",
  ],
  string: ["threshold"],
  positional: 2,
}, ({ chain, parsed: { positional: [, who], flags: { threshold } } }) => {
  return revoked(chain, who, threshold === undefined ? undefined : readThreshold(String(threshold), REVOKE_USAGE));
});

const THRESHOLD_USAGE = "charter threshold CHARTER M --state DIR [--again]";

/** Changes how many members must agree. */
export const threshold = proposing({
  usage: THRESHOLD_USAGE,
  help: ["Lets M members decide from the version after this one on."],
  positional: 2,
}, ({ chain, parsed: { positional: [, number] } }) => setThreshold(chain, readThreshold(number, THRESHOLD_USAGE)));

/** Renews this site's own keys. */
export const rotate = proposing({
  usage: "charter rotate CHARTER --state DIR [--sealing] [--again]",
  help: [
    "Makes new keys of this site beside the old, and proposes a version that names them; the old identity signs the new.",
    "The peer puts them in place when it is started with a charter that names them, so start it again then.",
    "  --sealing         renew the key for sealing only; the peer id stays",
  ],
  boolean: ["sealing"],
  positional: 1,
}, async ({ chain, identity, state, parsed: { flags } }) => {
  const sealingOnly = flags.sealing === true;
  const { name } = memberOf(chain.newest, identity.peerId);
  const fresh = await prepareIdentity(state, sealingOnly);
  const { consortium } = chain.newest;
  return renew(chain, await makeMember(fresh, { consortium, name, ...(!sealingOnly && { old: identity }) }));
});
