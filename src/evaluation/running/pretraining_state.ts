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

/** Beside the vectors. */
interface Record extends Omit<PretrainingState, "sites"> {
  readonly digest: string;
  readonly accounts: readonly (string | null)[];
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

const FEATURES = "features", PARTITIONS = "partitions";

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

/** Keeps the state; an earlier one may go then. */
export async function keepState({ directory, digest }: StatePlace, state: PretrainingState): Promise<void> {
  const { sites, ...rest } = state;
  const record: Record = { ...rest, digest, accounts: sites.map(({ account }) => account) };
  const vectors = sites.flatMap((site, index) => prefixed(String(index), vectorsOf(site)));
  await writeCheckpoint(directory, { vectors, state: record });
}

/**
 * The newest state; undefined where there is none.
 *
 * @throws {UserError} if it was made with other settings or data, or all that is there is damaged.
 */
export async function findState({ directory, digest }: StatePlace): Promise<PretrainingState | undefined> {
  const found = await readLatestCheckpoint(directory);
  if (!found) return undefined;
  const { digest: made, accounts, ...rest } = found.state as Record;
  if (made !== digest) {
    throw new UserError("going on with a pre-training: it must come from the same protocol and data", {
      where: found.path,
      value: "it was made with others",
    });
  }
  const under = (prefix: string) =>
    found.vectors.filter(({ name }) => name.startsWith(`${prefix}/`))
      .map((vector) => ({ ...vector, name: vector.name.slice(prefix.length + 1) }));
  const sites = accounts.map((account, index): SiteState => {
    const [features, partitions] = [FEATURES, PARTITIONS].map((name) =>
      under(`${index}/released`).find((vector) => vector.name === name)?.data
    );
    const released = features && partitions ? { features, partitions: Int32Array.from(partitions) } : null;
    return { weights: under(`${index}/weights`), training: under(`${index}/training`), released, account };
  });
  return { ...rest, sites };
}

/** Removes what a pre-training that has come to its end needs no more. */
export async function removeState({ directory }: Pick<StatePlace, "directory">): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
