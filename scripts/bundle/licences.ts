/**
 * The licences of what a bundle carries beside the project: every package that has a part in it, and Deno.
 *
 * @module
 */
import { join } from "@std/path";
import { download } from "./download.ts";

/** A work of others that is carried. */
export interface Carried {
  readonly name: string;
  readonly version: string;
  /** By its usual short name, as it says itself; "MIT". */
  readonly licence: string;
  /** The licence's whole text, where it brings one. */
  readonly text?: string;
}

/** The part of a package.json that is read here. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  /** In packages of long ago an object. */
  readonly license?: string | { readonly type: string };
}

/** What is carried of a package. @param folder where its package.json lies */
export async function carriedPackage(folder: string): Promise<Carried> {
  const manifest: Manifest = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
  const { name, version, license } = manifest;
  const files = [...Deno.readDirSync(folder)].filter((entry) =>
    entry.isFile && /^(licen[cs]e|copying|notice)/i.test(entry.name)
  );
  const texts = await Promise.all(
    files.map((file) => file.name).toSorted().map((file) => Deno.readTextFile(join(folder, file))),
  );
  return {
    name,
    version,
    licence: (typeof license === "object" ? license.type : license) ?? "not named",
    ...(texts.length > 0 && { text: texts.map((text) => text.trim()).join("\n\n") }),
  };
}

/** The usual licences' texts by their short names in the SPDX list. */
export type UsualTexts = Readonly<Record<string, { readonly licenseText: string }>>;

/** Reads them. */
export async function readUsualTexts(): Promise<UsualTexts> {
  return (await download("licences") as { default: UsualTexts }).default;
}

/** The short names in "Apache-2.0 OR MIT". */
const namesIn = (licence: string): string[] =>
  licence.split(/[\s()]+/).filter((word) => !/^(OR|AND|WITH|)$/.test(word));

/**
 * The page of all licences: a list, then their texts.
 *
 * @param usual stands in for packages that name a licence and bring no text of it
 */
export function licencesText(carried: readonly Carried[], usual: UsualTexts): string {
  const title = ({ name, version }: Carried) => `${name} ${version}`;
  const byTitle = carried.toSorted((a, b) => title(a) < title(b) ? -1 : 1);
  const bare = byTitle.filter(({ text }) => text === undefined).flatMap(({ licence }) => namesIn(licence));
  const texts = [
    ...byTitle.map((each) => [title(each), each.text] as const),
    ...[...new Set(bare)].toSorted().map((name) => [name, usual[name]?.licenseText] as const),
  ];
  return [
    "What this bundle carries of others, and under which licences; syncytium's own is in LICENSE.",
    "Texts follow; those of packages that bring none are the usual ones, at the end.",
    "",
    ...byTitle.map((each) => `${title(each)}: ${each.licence}`),
    ...texts.flatMap(([name, text]) => text === undefined ? [] : ["", "-".repeat(80), name, "", text.trim()]),
    "",
  ].join("\n");
}
