/**
 * What a pre-training has come to, on the disk: the sites' weights and what they cost.
 *
 * @module
 */
import { join } from "@std/path";
import type { Health } from "../../pretraining/health.ts";
import { UserError } from "../../core/errors.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../../model/checkpoint.ts";
import type { PretrainedSites } from "./pretraining.ts";
import { removeState, stateDirectory } from "./pretraining_state.ts";

/** Beside the weights. */
export interface PretrainingRecord {
  /** Names in order. */
  readonly sites: readonly string[];
  /** By site; null where there are no probes. */
  readonly health: readonly (Health | null)[];
  /** Distance of the sites' weights from their mean, relative to its norm. */
  readonly consensus: number;
  /** Sent by all sites together. */
  readonly bytes: { readonly weights: number; readonly features: number };
  /** Wall clock. */
  readonly seconds: number;
  /** Digest of everything that it depends on. */
  readonly digest: string;
}

/** A pre-training that was kept. */
export interface Pretrained {
  /** By site. */
  readonly weights: readonly (readonly NamedVector[])[];
  /** What it came to and cost. */
  readonly record: PretrainingRecord;
}

/** Where the pre-training `key` of an evaluation lies. */
export function pretrainingDirectory(out: string, key: string): string {
  return join(out, "pretraining", ...key.split("/"));
}

/** Keeps it, and removes what a killed run would have gone on from. */
export async function keepPretrained(
  directory: string,
  { weights, health, consensus, bytes, seconds }: PretrainedSites,
  { sites, digest }: Pick<PretrainingRecord, "sites" | "digest">,
): Promise<Pretrained> {
  const record: PretrainingRecord = { sites, health, consensus, bytes, seconds, digest };
  const vectors = weights.flatMap((own, site) => own.map((vector) => ({ ...vector, name: `${site}/${vector.name}` })));
  await writeCheckpoint(directory, { vectors, state: record });
  await removeState({ directory: stateDirectory(directory) });
  return { weights, record };
}

/**
 * Reads it back; undefined where there is none.
 *
 * @throws {UserError} if it was made with other settings or data than those of `digest`.
 */
export async function findPretrained(directory: string, digest?: string): Promise<Pretrained | undefined> {
  const found = await readLatestCheckpoint(directory);
  if (!found) return undefined;
  const record = found.state as PretrainingRecord;
  if (digest !== undefined && record.digest !== digest) {
    throw new UserError("going on with an evaluation: a pre-training must come from the same protocol and data", {
      where: found.path,
      value: "it was made with others",
    });
  }
  const weights = record.sites.map((_, site) =>
    found.vectors.filter(({ name }) => name.startsWith(`${site}/`)).map((vector) => ({
      ...vector,
      name: vector.name.slice(`${site}/`.length),
    }))
  );
  return { weights, record };
}
