/** Folders of results: a site's own, or a demo's with those of all its sites. */
import { join } from "@std/path";
import { UserError } from "../core/errors.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { entriesOf, volumesBelow } from "./_volumes.ts";
import type { ShownOverlay } from "./show.ts";

/** A case that was predicted. */
export interface PredictedCase {
  id: string;
  reference: CaseReference;
  overlays: ShownOverlay[];
}

/** What a folder of results holds. */
export interface Results {
  labels: ReadonlyMap<number, string>;
  cases: PredictedCase[];
  /** Predictions of which the data set knows nothing, a sentence each. */
  skipped: string[];
}

/** Where a site's results lie, and what it is called among others. */
interface Site {
  directory: string;
  prefix: string;
}

async function sitesOf(input: string): Promise<Site[]> {
  const has = async (directory: string) => (await entriesOf(join(directory, "predictions"))).length > 0;
  if (await has(input)) return [{ directory: input, prefix: "" }];
  const sites = (await entriesOf(join(input, "sites"))).map(({ name }) => ({
    directory: join(input, "sites", name, "results"),
    prefix: `${name} · `,
  }));
  return (await Promise.all(sites.map(async (site) => await has(site.directory) ? [site] : []))).flat();
}

/** Where the site's report says that its data lie; undefined where there is none, or it does not say. */
async function reportedData(directory: string): Promise<string | undefined> {
  try {
    const report: unknown = JSON.parse(await Deno.readTextFile(join(directory, "site.json")));
    if (typeof report !== "object" || report === null || !("dataset" in report)) return undefined;
    const { dataset } = report;
    if (typeof dataset !== "object" || dataset === null || !("directory" in dataset)) return undefined;
    return typeof dataset.directory === "string" ? dataset.directory : undefined;
  } catch {
    return undefined; // the data must then be named, which the user is told
  }
}

async function openSite({ directory, prefix }: Site, data: string | undefined): Promise<Results> {
  const where = data ?? await reportedData(directory);
  if (where === undefined) {
    throw new UserError(
      "opening the viewer: --data must name the data set whose images the predictions are of; no site.json says it",
      { where: directory },
    );
  }
  const { cases, labels }: Dataset = await openDataset(where);
  const references = new Map(cases.map((reference) => [reference.id, reference]));
  const found = new Map<string, PredictedCase>();
  const skipped: string[] = [];
  for (const { name, isDirectory } of await entriesOf(join(directory, "predictions"))) {
    if (!isDirectory) continue;
    for (const [id, path] of await volumesBelow(join(directory, "predictions", name))) {
      const reference = references.get(id);
      if (reference === undefined) {
        skipped.push(`${prefix}${id} is not shown: ${where} has no such case`);
        continue;
      }
      const truth = reference.label;
      const begun = found.get(id) ?? {
        ...{ id: `${prefix}${id}`, reference },
        overlays: truth === undefined ? [] : [{ kind: "truth", name: "truth", path: truth } as const],
      };
      begun.overlays.push({ kind: "prediction", name, path });
      found.set(id, begun);
    }
  }
  return { labels, cases: [...found.values()].sort((a, b) => a.id < b.id ? -1 : 1), skipped };
}

/** The predicted cases of `input`; undefined where it is no folder of results. @throws {UserError} as `gather` does. */
export async function openResults({ input, data }: { input: string; data?: string }): Promise<Results | undefined> {
  const sites = await sitesOf(input);
  if (sites.length === 0) return undefined;
  const results = [];
  for (const site of sites) results.push(await openSite(site, data));
  return {
    labels: new Map(results.flatMap(({ labels }) => [...labels])),
    cases: results.flatMap(({ cases }) => cases),
    skipped: results.flatMap(({ skipped }) => skipped),
  };
}
