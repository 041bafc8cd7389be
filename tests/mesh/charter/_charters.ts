/** Sites with keys, and charters that they sign. */
import type { Charter } from "../../../src/mesh/charter/charter.ts";
import { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { makeMember } from "../../../src/mesh/charter/member.ts";
import { found, sign } from "../../../src/mesh/charter/proposals.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";

export const consortium = "test";
export const model = "ab".repeat(32);

/** The entry of a site. */
export const entry = (site: Identity, name: string) => makeMember(site, { consortium, name });

/** `charter` with the signatures of `signers`. */
export async function signed(charter: Charter, signers: readonly Identity[]): Promise<Charter> {
  let result = charter;
  for (const signer of signers) result = await sign(result, signer);
  return result;
}

/** A first version of `sites`, named a, b, c …, signed by the first `threshold`. */
export async function foundingOf(sites: readonly Identity[], threshold = 2): Promise<Charter> {
  const members = await Promise.all(sites.map((site, i) => entry(site, "abcdefgh"[i])));
  return await signed(found({ consortium, model, threshold, members }), sites.slice(0, threshold));
}

/** A chain of one version of `sites`. */
export async function chainOf(sites: readonly Identity[], threshold = 2): Promise<CharterChain> {
  return await CharterChain.found(await foundingOf(sites, threshold));
}

/** Runs `test` with a folder of its own, removed afterwards. */
export async function withFolder(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-charter-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
