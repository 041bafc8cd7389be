/**
 * How far a pre-training is, on the disk: what all sites go on from after a round.
 *
 * @module
 */
import { join } from "@std/path";
import type { FeatureSet } from "../../core/features.ts";
import { UserError } from "../../core/errors.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../../model/checkpoint.ts";
import { type PackedSite, packSites, unpackSites } from "./_packed_sites.ts";

/** What one site goes on from. */
export interface SiteState {
  /** Of all that is averaged. */
  readonly weights: readonly NamedVector[];
  /** The optimiser's and the queue's. */
  readonly training: readonly NamedVector[];
  /** What it released after the last round; null: nothing. */
  readonly released: FeatureSet | null;
  /** Its privacy account, as the file has it; null: there is none. */
  readonly account: string | null;
}

/** What all sites go on from. */
export interface PretrainingState {
  /** The last that is done. */
  readonly round: number;
  /** Wall clock until then. */
  readonly seconds: number;
  /** Sent by all sites together until then. */
  readonly bytes: { readonly weights: number; readonly features: number };
  readonly sites: readonly SiteState[];
}

/** How the sites are written; it was 1 where all was exact. */
const FORMAT = 2;

/** Beside the sites' bytes. */
interface Record extends Omit<PretrainingState, "sites"> {
  readonly format: typeof FORMAT;
  readonly digest: string;
  readonly accounts: readonly (string | null)[];
  readonly packed: readonly PackedSite[];
  /** Bytes of all sites: the file has whole words of 4. */
  readonly length: number;
}

/** Where the state of a pre-training lies that is not at its end. */
export interface StatePlace {
  directory: string;
  /** Of everything that the pre-training depends on. */
  digest: string;
}

/** Where, in its directory, a pre-training keeps what a killed run goes on from. */
export function stateDirectory(directory: string): string {
  return join(directory, "rounds");
}

const FEATURES = "features", PARTITIONS = "partitions", SITES = "sites";

const prefixed = (prefix: string, vectors: readonly NamedVector[]) =>
  vectors.map((vector) => ({ ...vector, name: `${prefix}/${vector.name}` }));

/** Of one site, by names that tell the parts apart. */
function vectorsOf({ weights, training, released }: SiteState): NamedVector[] {
  const rows = released?.partitions.length ?? 0;
  const set = released === null ? [] : [
    { name: FEATURES, shape: [rows, released.features.length / rows], data: released.features },
    { name: PARTITIONS, shape: [rows], data: Float32Array.from(released.partitions) },
  ];
  return [...prefixed("weights", weights), ...prefixed("training", training), ...prefixed("released", set)];
}

/**
 * Keeps the state in the place of an earlier one, in about half of its bytes; the sites of a card's size take hundreds
 * of megabytes together.
 *
 * @returns what was kept, in which some vectors are rounded (see `_packed_sites.ts`): what is to be gone on from.
 */
export async function keepState({ directory, digest }: StatePlace, state: PretrainingState): Promise<PretrainingState> {
  const { sites, ...rest } = state;
  const { packed, bytes } = await packSites(sites.map(vectorsOf));
  const accounts = sites.map(({ account }) => account);
  const record: Record = { ...rest, format: FORMAT, digest, accounts, packed, length: bytes.length };
  const data = new Float32Array(Math.ceil(bytes.length / 4)); // a checkpoint has words; these are bytes in their place
  new Uint8Array(data.buffer).set(bytes);
  await writeCheckpoint(directory, { vectors: [{ name: SITES, shape: [data.length], data }], state: record }, {
    kept: 1,
  });
  return { ...rest, sites: sitesOf(await unpackSites(packed, bytes), accounts) };
}

/** The sites again, from their vectors. */
function sitesOf(sites: readonly NamedVector[][], accounts: readonly (string | null)[]): SiteState[] {
  return sites.map((vectors, index): SiteState => {
    const under = (prefix: string) =>
      vectors.filter(({ name }) => name.startsWith(`${prefix}/`))
        .map((vector) => ({ ...vector, name: vector.name.slice(prefix.length + 1) }));
    const [features, partitions] = [FEATURES, PARTITIONS].map((name) =>
      under("released").find((vector) => vector.name === name)?.data
    );
    const released = features && partitions ? { features, partitions: Int32Array.from(partitions) } : null;
    return { weights: under("weights"), training: under("training"), released, account: accounts[index] };
  });
}

/**
 * The newest state; undefined where there is none.
 *
 * @throws {UserError} if it was made with other settings or data, or all that is there is damaged.
 */
export async function findState({ directory, digest }: StatePlace): Promise<PretrainingState | undefined> {
  const found = await readLatestCheckpoint(directory);
  if (!found) return undefined;
  const { format, digest: made, accounts, packed, length, ...rest } = found.state as Record;
  if (made !== digest) {
    throw new UserError("going on with a pre-training: it must come from the same protocol and data", {
      where: found.path,
      value: "it was made with others",
    });
  }
  if (format !== FORMAT) {
    throw new UserError("going on with a pre-training: it must have been begun by this version; remove the folder", {
      where: directory,
      value: `it is of format ${format ?? 1}, not ${FORMAT}`,
    });
  }
  const [{ data }] = found.vectors;
  const sites = await unpackSites(packed, new Uint8Array(data.buffer, data.byteOffset, length));
  return { ...rest, sites: sitesOf(sites, accounts) };
}

/** Removes what a pre-training that has come to its end needs no more. */
export async function removeState({ directory }: Pick<StatePlace, "directory">): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
