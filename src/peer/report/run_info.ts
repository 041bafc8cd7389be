/**
 * What the reports of sites say of their run together, where nobody else knows: at a real site, and over the files of
 * several.
 *
 * @module
 */
import type { RunInfo, SiteReport } from "./schema.ts";

/** Label names in the order in which the figures of test cases name them, for reports of before. */
function labelsByOrder(sites: readonly SiteReport[]): Record<number, string> {
  const names = new Set(sites.flatMap(({ dice }) => dice.flatMap(({ perClass }) => Object.keys(perClass))));
  return Object.fromEntries([...names].map((name, i) => [i + 1, name]));
}

/** The one value of them, undefined where there are none or several. */
function common<T extends string | number>(values: readonly (T | undefined)[]): T | undefined {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? first : undefined;
}

function listed(values: readonly string[]): string {
  return [...new Set(values)].join(", ");
}

function settingsOf(sites: readonly SiteReport[]): Record<string, string | number> {
  const [first, ...others] = sites.map(({ settings = {} }) => settings);
  const shared = Object.entries(first ?? {}).filter(([name, value]) => others.every((of) => of[name] === value));
  return Object.fromEntries(shared);
}

/** The command that shows the volumes of a folder of results. */
export function viewerCommand(results: string): string {
  return `deno task view ${/^[\w./:-]+$/.test(results) ? results : `'${results.replaceAll("'", "'\\''")}'`}`;
}

/** Options of {@linkcode infoOf}. */
export interface RunInfoOptions {
  /** What the page is called. @default the one site's name, else how many there are */
  title?: string;
  /** The folder of the results, which the viewer opens. @default unknown */
  results?: string;
  /** Where what was trained is kept, by what it is. @default nowhere */
  kept?: Record<string, string>;
}

/**
 * The facts of the run that `sites` took part in; of one site, its own report. What they do not tell, or not alike, is
 * left out.
 */
export function infoOf(sites: readonly SiteReport[], options: RunInfoOptions = {}): RunInfo {
  const [one, ...others] = sites;
  const isOwn = one !== undefined && others.length === 0;
  const { title = isOwn ? one.name : `${sites.length} sites`, kept } = options;
  const command = isOwn ? one.command ?? "" : ""; // several sites were started by several
  const startedAt = sites.flatMap((site) => site.startedAt ?? []).sort().at(0);
  const versionsOf = sites.flatMap(({ version }) => version ?? []);
  const seed = common(sites.map((site) => site.seed));
  const datasets = sites.flatMap(({ dataset }) => dataset ?? []);
  const labels = Object.assign({}, ...datasets.map((dataset) => dataset.labels));
  return {
    ...{ title, command, isOwn, kept },
    ...(options.results !== undefined && { viewer: viewerCommand(options.results) }),
    ...(startedAt !== undefined && { startedAt }),
    seconds: Math.max(0, ...sites.map(({ seconds }) => seconds)),
    ...(versionsOf.length > 0 && {
      version: {
        syncytium: listed(versionsOf.map(({ syncytium }) => syncytium)),
        deno: listed(versionsOf.map(({ deno }) => deno)),
        tfjs: listed(versionsOf.map(({ tfjs }) => tfjs)),
      },
    }),
    ...(seed !== undefined && { seed }),
    dataset: {
      name: listed(datasets.map(({ name }) => name)) || "data of before",
      labels: Object.keys(labels).length > 0 ? labels : labelsByOrder(sites),
      phantom: datasets.length > 0 && datasets.every(({ phantom }) => phantom),
    },
    settings: settingsOf(sites),
  };
}
