/** The charter of a site in a virtual world: its file, what the site's people do to it, and what it keeps. */
import type { Charter } from "../../../src/mesh/charter/charter.ts";
import { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { type CharterKeeper, openCharter } from "../../../src/mesh/charter/keeper.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { admit, found, revoke, sign } from "../../../src/mesh/charter/proposals.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import type { MemoryFiles } from "./_files.ts";

const CONSORTIUM = "seeded", MODEL = "ab".repeat(32);

/** Members whose signatures a version needs. */
const THRESHOLD = 2;

/** Of a machine: the file that the site was given, and the folder that its peer keeps one in. */
const FILE = "given.json", STATE = "state";

/**
 * The versions of a charter, each signed by members of the one before.
 *
 * @param members of each version, as numbers of identities; from one to the next one is added, or one goes
 */
export async function chartersOf(
  identities: readonly Identity[],
  members: readonly (readonly number[])[],
): Promise<CharterChain> {
  const entry = (i: number) => makeMember(identities[i], { consortium: CONSORTIUM, name: `site-${i}` });
  const [first] = members;
  let chain = await CharterChain.found(
    await signed(
      found({
        ...{ consortium: CONSORTIUM, model: MODEL, threshold: THRESHOLD },
        members: await Promise.all(first.map(entry)),
      }),
      first.map((i) => identities[i]),
    ),
  );
  for (const [k, version] of members.slice(1).entries()) {
    const before = members[k];
    const [added] = version.filter((i) => !before.includes(i)), [gone] = before.filter((i) => !version.includes(i));
    const next = added === undefined ? revoke(chain, identities[gone].peerId) : admit(chain, [await entry(added)]);
    // whoever goes does not sign
    chain = await chain.extend(await signed(next, before.filter((i) => i !== gone).map((i) => identities[i])));
  }
  return chain;
}

async function signed(charter: Charter, signers: readonly Identity[]): Promise<Charter> {
  let result = charter;
  for (const signer of signers.slice(0, THRESHOLD)) result = await sign(result, signer);
  return result;
}

/** One site's. */
export class SiteCharter {
  readonly #chain: CharterChain;
  readonly #files: MemoryFiles;
  #keeper: CharterKeeper | undefined;
  /** The number of the newest version in its file. */
  #given = 0;

  /** @param first the version that the site is given first */
  constructor(chain: CharterChain, { files, first }: { files: MemoryFiles; first: number }) {
    this.#chain = chain;
    this.#files = files;
    this.give(first);
  }

  /** The number of the version that its peer goes by, or went by last; 0: none yet. */
  get version(): number {
    return this.#keeper?.chain.version ?? 0;
  }

  /** Whether that version, if there is one, names `peer`. */
  names(peer: string): boolean {
    return this.#keeper?.chain.newest.members.some((member) => member.peer === peer) ?? false;
  }

  /** Its people put the versions up to `version` into its file, unless it holds as many. */
  give(version: number): void {
    if (version <= this.#given) return;
    this.#given = version;
    const put = { write: (path: string, text: string) => Promise.resolve(this.#files.put(path, text)) };
    void writeCharterFile(FILE, this.#chain.versions.slice(0, version), put);
  }

  /** All of it is as it was once: the file, and what its peer has kept. */
  goBack(version: number): void {
    this.#files.remove(`${STATE}/charter.json`);
    this.#given = 0;
    this.give(version);
    this.#keeper = undefined;
  }

  /** Its process begins. */
  async open(): Promise<CharterKeeper> {
    return this.#keeper = await openCharter({ file: FILE, stateDirectory: STATE, files: this.#files });
  }
}
