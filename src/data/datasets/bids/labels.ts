/**
 * Which segmentation is an image's, and what its values mean: `…_dseg.nii.gz` with a table `…dseg.tsv` beside or above
 * it (columns `index` and `name`; specification 1.10, "Common image-derived labels"), else one
 * `…_label-NAME_mask.nii.gz`.
 */
import { UserError } from "../../../core/errors.ts";
import { readText } from "../../../core/text_files.ts";
import type { LabelScheme } from "../dataset.ts";
import { parseLabels } from "../description.ts";
import type { Listings } from "../files.ts";
import { parseTable } from "../tables/table.ts";
import type { BidsFile } from "./files.ts";
import { isOf, parseBidsName } from "./names.ts";

/** Grids of a derivative that are its image's own. */
const OWN_SPACES = new Set(["orig", "individual", "scanner", "T1w", "T2w"]);

/** What was found for the images. */
export interface BidsLabels extends LabelScheme {
  /** The path of the segmentation by the path of its image. */
  readonly byImage: ReadonlyMap<string, string>;
  /** Segmentations on their image's grid that are no image's. */
  readonly strays: readonly string[];
}

/** @throws {UserError} if an image has several segmentations, or nothing says what their values mean. */
export async function findLabels(
  listings: Listings,
  images: readonly BidsFile[],
  files: readonly BidsFile[],
): Promise<BidsLabels> {
  const onOwnGrid = files.filter(({ name: { entities } }) =>
    (!entities.has("space") || OWN_SPACES.has(entities.get("space")!)) && !entities.has("res")
  );
  const segmentations = onOwnGrid.filter(({ name }) => name.suffix === "dseg");
  const masks = onOwnGrid.filter(({ name }) => name.suffix === "mask" && name.entities.has("label"));
  const candidates = segmentations.length > 0 ? segmentations : masks;
  const chosen = new Map<string, BidsFile>();
  const bySession = Map.groupBy(images, sessionOf);
  const candidatesBySession = Map.groupBy(candidates, sessionOf);
  for (const image of images) {
    const isAlone = bySession.get(sessionOf(image))!.length === 1;
    const near = candidatesBySession.get(sessionOf(image)) ?? [];
    const [first, second] = near.filter(({ name }) => isOf(image.name, name, isAlone));
    if (second) {
      throw new UserError("opening a dataset: an image must have one segmentation; leave one in the folder", {
        where: listings.path(image.path),
        value: `${first.path} and ${second.path}`,
      });
    }
    if (first) chosen.set(image.path, first);
  }
  const used = [...new Set(chosen.values())];
  const scheme = used.length === 0
    ? { labels: new Map<number, string>() }
    : segmentations.length > 0
    ? await schemeOfTables(listings, used)
    : schemeOfMasks(listings, used);
  const isUsed = new Set(used);
  return {
    ...scheme,
    byImage: new Map([...chosen].map(([image, { path }]) => [image, path])),
    strays: candidates.filter((file) => !isUsed.has(file)).map(({ path }) => path),
  };
}

const sessionOf = ({ name: { entities } }: BidsFile) => `${entities.get("sub")} ${entities.get("ses")}`;

/** A mask's values are 0 and 1, and its name says what 1 is. */
function schemeOfMasks(listings: Listings, masks: readonly BidsFile[]): LabelScheme {
  const names = new Map(masks.map(({ path, name }) => [name.entities.get("label")!, path]));
  if (names.size > 1) {
    throw new UserError("opening a dataset: masks must all be of one structure; several need one dseg file an image", {
      where: listings.root,
      value: [...names.values()].slice(0, 2).join(" and "),
    });
  }
  return { labels: new Map([[1, [...names.keys()][0]]]) };
}

async function schemeOfTables(listings: Listings, segmentations: readonly BidsFile[]): Promise<LabelScheme> {
  const tables = new Set<string>();
  for (const { path } of segmentations) {
    const table = await nearestTable(listings, path);
    if (table === undefined) {
      throw new UserError(
        "opening a dataset: a table dseg.tsv beside the segmentation or above it must name the structures, " +
          "with the columns `index` and `name`",
        { where: listings.path(path) },
      );
    }
    tables.add(table);
  }
  let whole: { scheme: LabelScheme; table: string } | undefined;
  for (const table of tables) {
    const scheme = await readScheme(listings.path(table));
    if (whole && !isSame(whole.scheme, scheme)) {
      throw new UserError("opening a dataset: all tables must name the same structures", {
        where: listings.path(table),
        value: `other than ${whole.table}`,
      });
    }
    whole ??= { scheme, table };
  }
  return whole!.scheme;
}

function isSame(a: LabelScheme, b: LabelScheme): boolean {
  return JSON.stringify([...a.labels, a.ignore]) === JSON.stringify([...b.labels, b.ignore]);
}

/** The table in the segmentation's folder, or the nearest one above it, whose name says nothing else of the file. */
async function nearestTable(listings: Listings, path: string): Promise<string | undefined> {
  const own = parseBidsName(path.replace(/^.*\//, ""))!.entities;
  const folders = path.split("/").slice(0, -1);
  for (; folders.length >= 0; folders.pop()) {
    const folder = folders.join("/");
    const fitting = (await listings.entries(folder) ?? []).flatMap(({ name, isDirectory }) => {
      if (isDirectory || !/(^|_)dseg\.tsv$/i.test(name) || name.startsWith(".")) return [];
      const entities = [...parseBidsName(name)?.entities ?? []];
      return entities.every(([key, value]) => own.get(key) === value) ? [{ name, count: entities.length }] : [];
    });
    const [best] = fitting.sort((a, b) => b.count - a.count);
    if (best) return folder === "" ? best.name : `${folder}/${best.name}`;
    if (folders.length === 0) return undefined;
  }
}

async function readScheme(path: string): Promise<LabelScheme> {
  const { header, rows } = parseTable(await readText(path, { doing: "opening a dataset", what: "the table" }), path);
  const names = header.map((name) => name.toLowerCase());
  const [index, name] = ["index", "name"].map((column) => names.indexOf(column));
  if (index < 0 || name < 0) {
    throw new UserError("opening a dataset: the table's first line must name the columns `index` and `name`", {
      where: path,
      value: header.join(" "),
    });
  }
  const seen = new Set<string>();
  for (const { where, cells } of rows) {
    if (seen.has(cells[index])) {
      throw new UserError("opening a dataset: every label must have a value and a name of its own", {
        where,
        value: cells.join(" "),
      });
    }
    seen.add(cells[index]);
  }
  return parseLabels(
    { labels: Object.fromEntries(rows.map(({ cells }) => [cells[index], cells[name]])) },
    path,
    "by value",
  );
}
