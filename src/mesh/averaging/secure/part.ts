/**
 * One member's part in one attempt at a sum: what it says of itself, its masked vector, and what it tells at the end.
 * Secrets are made for the attempt and go with it; a part is masked once.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { type Bytes, fromBase64 } from "../../../core/bytes.ts";
import { commitmentTo, newPairKeys, newSeed, ownMask, type PairKeys, pairMask } from "./masks.ts";
import { type Ring, toRing } from "./ring.ts";
import { type Attempt, type Roster, type RosterMember, type RosterSigner, signIn, weightIn } from "./roster.ts";

/** A member's part. */
export class Part {
  /** What it has signed of itself. */
  readonly entry: RosterMember;
  readonly #keys: PairKeys;
  readonly #seed: Bytes;
  #isMasked = false;

  private constructor(entry: RosterMember, keys: PairKeys, seed: Bytes) {
    this.entry = entry;
    this.#keys = keys;
    this.#seed = seed;
  }

  /** Signs in with fresh secrets. */
  static async begin(
    attempt: Attempt,
    { mass, range, refused }: Pick<RosterMember, "mass" | "range" | "refused">,
    signer: RosterSigner,
  ): Promise<Part> {
    const keys = await newPairKeys();
    const seed = newSeed();
    const own = { peer: signer.peerId, key: encodeBase64(keys.publicKey), commitment: await commitmentTo(seed) };
    return new Part(await signIn(attempt, { ...own, mass, range, refused }, signer), keys, seed);
  }

  /**
   * `vector` as it may leave: in the ring, under the masks that it has with each other member, and its own.
   *
   * @throws {Error} if it is called again: two vectors under one mask would give away their difference.
   */
  async masked(vector: Float32Array, roster: Roster): Promise<Ring> {
    if (this.#isMasked) throw new Error("a part must be masked once: its masks are used up");
    this.#isMasked = true;
    const { peer } = this.entry;
    const values = toRing(vector, { weight: weightIn(roster, peer), range: roster.range });
    await (await ownMask(this.#seed, roster.digest)).addTo(values);
    for (const other of roster.members) {
      if (other.peer === peer) continue;
      const mask = await pairMask(this.#keys, fromBase64(other.key), roster.digest);
      // of each pair the first adds what the second takes away
      if (peer < other.peer) await mask.addTo(values);
      else await mask.takeFrom(values);
    }
    return values;
  }

  /** Whether its masks are used up. */
  get isUsedUp(): boolean {
    return this.#isMasked;
  }

  /** The seed of its own mask, to be told once all have confirmed that all parts are there. */
  reveal(): Bytes {
    return this.#seed;
  }
}

/**
 * Takes the members' own masks off the sum of all parts.
 *
 * @param seeds by peer id; all must be there.
 */
export async function unmask(sum: Ring, seeds: ReadonlyMap<string, Bytes>, { digest }: Roster): Promise<void> {
  for (const seed of seeds.values()) await (await ownMask(seed, digest)).takeFrom(sum);
}
