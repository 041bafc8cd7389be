/**
 * From what a command line names to what is shown: a file, a data set, or a folder of results.
 *
 * @module
 */
import { basename, dirname, resolve } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { channelFilesOf } from "../data/channels.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { requireOnImage, shownHeader } from "./_placing.ts";
import { openResults, type Results } from "./_results.ts";
import { stemOf, volumesBelow, whatIs } from "./_volumes.ts";
import type { Show, ShownCase, ShownOverlay } from "./show.ts";

/** What is asked for; paths as they were given. */
export interface Asked {
  /** An image, a data set or a plain folder of images, or a folder of results. */
  readonly input: string;
  /** A label file; of folders, one of label files that are called as the cases. @default what the data set says */
  readonly truth?: string;
  /** Label files that were predicted, or folders of them, as above. */
  readonly predictions?: readonly string[];
  /** The data set whose images results are of. @default the one that the site's report names */
  readonly data?: string;
  /** Names of the structures with the values 1, 2 … @default what the data set says */
  readonly labels?: readonly string[];
}

const named = (labels: readonly string[]) => new Map(labels.map((name, i) => [i + 1, name]));

/** What several predictions of one case are called: their files, or their folders where the files say only the case. */
function predictionNames(image: string, paths: readonly string[]): string[] {
  const stems = paths.map(stemOf);
  const ofCase = stemOf(image).replace(/_0000$/, "");
  const isPlain = new Set(stems).size === stems.length && !stems.includes(ofCase);
  return isPlain ? stems : paths.map((path) => basename(dirname(resolve(path))));
}

const truthAt = (path: string | undefined): ShownOverlay[] =>
  path === undefined ? [] : [{ kind: "truth", name: "truth", path }];

async function gatherFile({ input, truth, predictions = [], data, labels }: Asked): Promise<Show> {
  const image = await shownHeader(input);
  const names = predictionNames(input, predictions);
  const overlays: ShownOverlay[] = [
    ...truthAt(truth),
    ...predictions.map((path, i) => ({ kind: "prediction", name: names[i], path } as const)),
  ];
  for (const { path } of overlays) {
    if (await whatIs(path) === "folder") {
      throw new UserError("opening the viewer: over one image lies a file, not a folder", { where: path });
    }
    await requireOnImage(image, path);
  }
  const known = labels ? named(labels) : data === undefined ? new Map() : (await openDataset(data)).labels;
  const shown = { id: stemOf(input), image: input, frame: 0, overlays, remarks: [] };
  return { title: basename(input), labels: known, cases: [shown] };
}

/** A case of a list: an overlay that does not lie on the image is left out, and told. */
export async function caseOf(
  reference: CaseReference,
  overlays: readonly ShownOverlay[],
  id: string = reference.id,
): Promise<ShownCase | { skipped: string }> {
  const [{ path: image, frame = 0 }] = channelFilesOf(reference);
  try {
    const header = await shownHeader(image);
    const [sound, remarks]: [ShownOverlay[], string[]] = [[], []];
    for (const overlay of overlays) {
      try {
        await requireOnImage(header, overlay.path);
        sound.push(overlay);
      } catch (error) {
        remarks.push(`${overlay.name} is not shown: ${messageOf(error)}`);
      }
    }
    return { id, image, frame, overlays: sound, remarks };
  } catch (error) {
    return { skipped: `${id} is not shown: ${messageOf(error)}` };
  }
}

/** Folders of label files that are laid over a list of cases. */
interface Layers {
  /** Over whom `truth` was given; undefined: what the data set says. */
  readonly truths?: ReadonlyMap<string, string>;
  /** Predictions of a case. */
  over(id: string): ShownOverlay[];
}

/** Opens the folders that are named. @throws {UserError} for one that is none, or whose files none of the cases has. */
async function layersOver(ids: readonly string[], { truth, predictions = [] }: Asked): Promise<Layers> {
  const folders = await Promise.all(
    [...truth === undefined ? [] : [truth], ...predictions].map(async (path) => {
      if (await whatIs(path) === "folder") return { path, files: await volumesBelow(path) };
      throw new UserError("opening the viewer: over a folder of images lies a folder, not a file", { where: path });
    }),
  );
  const unmet = folders.find(({ files }) => !ids.some((id) => files.has(id)));
  if (unmet) {
    throw new UserError("opening the viewer: a folder of predictions must hold files that are called as the cases", {
      where: unmet.path,
      value: `no ${ids[0]}.nii.gz`,
    });
  }
  const truths = truth === undefined ? undefined : folders.shift()!.files;
  return {
    ...(truths && { truths }),
    over: (id) =>
      folders.flatMap(({ path, files }) => {
        const file = files.get(id);
        return file === undefined ? [] : [{ kind: "prediction", name: basename(resolve(path)), path: file } as const];
      }),
  };
}

async function gatherDataset(asked: Asked): Promise<Gathered> {
  const dataset = await openDataset(asked.input);
  const { truths, over } = await layersOver(dataset.cases.map(({ id }) => id), asked);
  const cases = [];
  for (const reference of dataset.cases) {
    const { id, label } = reference;
    cases.push(await caseOf(reference, [...truthAt(truths ? truths.get(id) : label), ...over(id)]));
  }
  const named = asked.data === undefined ? dataset : await openDataset(asked.data);
  return { title: dataset.name, labels: named.labels, found: cases };
}

/** Results with what is laid over them beside their own predictions. */
async function gatherResults(results: Results, asked: Asked): Promise<Gathered> {
  const { truths, over } = await layersOver(results.cases.map(({ reference: { id } }) => id), asked);
  const found = results.cases.map(({ reference, overlays, id }) => {
    const own = truths ? overlays.filter(({ kind }) => kind !== "truth") : overlays;
    const truth = truths ? truthAt(truths.get(reference.id)) : [];
    return caseOf(reference, [...truth, ...own, ...over(reference.id)], id);
  });
  return { title: basename(resolve(asked.input)), labels: results.labels, found: await Promise.all(found) };
}

interface Gathered {
  title: string;
  labels: ReadonlyMap<number, string>;
  found: readonly (ShownCase | { skipped: string })[];
}

/** Everything that is to be shown, and what of it cannot be. */
export interface GatherResult extends Show {
  /** Of lists: cases that are left out, a sentence each. */
  readonly skipped: readonly string[];
}

/**
 * Finds the files and checks by their headers that they belong together.
 *
 * @throws {UserError} if one that is named is missing, is no volume, or does not lie on its image; in a list, if
 * nothing can be shown.
 */
export async function gather(asked: Asked): Promise<GatherResult> {
  const { input, labels } = asked;
  if (await whatIs(input) === "file") return { ...await gatherFile(asked), skipped: [] };
  const results = await openResults(asked);
  const { title, labels: own, found } = results ? await gatherResults(results, asked) : await gatherDataset(asked);
  const cases = found.flatMap((one) => "skipped" in one ? [] : [one]);
  const skipped = [
    ...results?.skipped ?? [],
    ...found.flatMap((one) => "skipped" in one ? [one.skipped] : []),
  ];
  if (cases.length > 0) return { title, labels: labels ? named(labels) : own, cases, skipped };
  throw new UserError(`opening the viewer: nothing can be shown; ${skipped[0] ?? "there is no case"}`, {
    where: input,
  });
}
