/**
 * Reads a run, whatever left it.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt } from "../core/files.ts";
import { readJson, readText } from "../core/text_files.ts";
import { readModelDescription } from "../models/folder.ts";
import { siteFromJson } from "../peer/report/json.ts";
import { scoresFromCsv } from "../scoring/csv.ts";
import { scoresFromJson } from "../scoring/json.ts";
import type { ScoreRow } from "../scoring/row.ts";
import { comparedEvaluation } from "./_evaluation.ts";
import { comparedSites } from "./_sites.ts";
import type { Compared } from "./run.ts";

const DOING = "comparing runs";
const KINDS = "a demo's folder, a peer's results, an evaluation's folder, scores as .csv or .json, or a model's folder";

/**
 * The sides that a run has: one for each of its methods.
 *
 * @param run path of a folder or file, which names the sides
 * @throws {UserError} if it is none of these, or cannot be read.
 */
export async function readRun(run: string): Promise<Compared[]> {
  const path = run.replace(/(?<=.)\/+$/, "");
  const sides = await isFolder(path) ? await readFolder(path) : [await readScores(path)].flat();
  if (sides.length > 0) return sides;
  throw new UserError(`${DOING}: a run must have tested something`, { where: run });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    const rule = cause instanceof Deno.errors.NotFound ? "a run must exist" : messageOf(cause);
    throw new UserError(`${DOING}: ${rule}`, { where: path, cause });
  }
}

async function isThere(...path: string[]): Promise<boolean> {
  return (await entryAt(join(...path)))?.isFile ?? false;
}

async function readFolder(path: string): Promise<Compared[]> {
  if (await isThere(path, "model.json")) return await readModel(path);
  if (await isThere(path, "results.csv") && await isThere(path, "cells.csv")) return await comparedEvaluation(path);
  const own = await isThere(path, "site.json") ? [join(path, "site.json")] : await reportsBelow(path);
  if (own.length === 0) throw new UserError(`${DOING}: a run must be ${KINDS}`, { where: path });
  const reports = await Promise.all(
    own.map(async (file) => siteFromJson(await readText(file, { doing: DOING }), file)),
  );
  return comparedSites(path, reports);
}

/** As a peer leaves it in the folder of its configuration, results/site.json, or a demo: sites/NAME/results/site.json. */
async function reportsBelow(path: string): Promise<string[]> {
  if (await isThere(path, "results", "site.json")) return [join(path, "results", "site.json")];
  const sites = join(path, "sites");
  const entries = await Array.fromAsync(Deno.readDir(sites)).catch((): Deno.DirEntry[] => []);
  const files = entries.map(({ name }) => join(sites, name, "results", "site.json")).sort();
  const found = await Promise.all(files.map(async (file) => await isThere(file) ? [file] : []));
  return found.flat();
}

async function readScores(path: string): Promise<Compared[]> {
  const of = (rows: readonly ScoreRow[]): Compared[] =>
    rows.length === 0 ? [] : [{
      name: path,
      rows: rows.map(({ case: id, class: name, ...scores }) => ({ case: id, class: name, scores })),
      curves: [],
    }];
  if (/\.csv$/i.test(path)) return of(scoresFromCsv(await readText(path, { doing: DOING }), path));
  if (!/\.json$/i.test(path)) throw new UserError(`${DOING}: a run must be ${KINDS}`, { where: path });
  const value = await readJson(path, { doing: DOING });
  if (Array.isArray(value)) return of(scoresFromJson(value, path));
  return comparedSites(path, [siteFromJson(await readText(path, { doing: DOING }), path)]);
}

async function readModel(path: string): Promise<Compared[]> {
  const description = await readModelDescription(path);
  if (description.kind !== "segmentation") {
    throw new UserError(`${DOING}: an encoder predicts nothing, and has no figures`, { where: path });
  }
  const { dice } = description;
  if (dice === null) return [];
  const classes = Object.entries(dice.structures).map(([name, { mean }]) => [name, mean]);
  const told = { cases: dice.cases, dice: dice.mean, classes: Object.fromEntries(classes) };
  return [{ name: path, rows: [], told, curves: [] }];
}
