/**
 * What lies in the folder of results from before.
 *
 * @module
 */
import { dirname, join, relative } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import type { PeerConfiguration } from "../configuration.ts";
import type { Method } from "../events.ts";
import { siteFromJson } from "../report/json.ts";
import { nextAside } from "./anew.ts";
import { listed } from "./_uses.ts";

/**
 * Refuses a folder that holds the report of another site: its predictions would lie among this one's.
 *
 * @param warn told of a report of the same name by another peer: the site's own, if its key was renewed.
 * @throws {UserError} naming both sites.
 */
export async function checkResults(
  { name, outputDirectory }: Pick<PeerConfiguration, "name" | "outputDirectory">,
  { peerId }: { peerId: string },
  warn: (message: string) => void,
): Promise<void> {
  const path = join(outputDirectory, "site.json");
  let before: { name: string; peerId: string };
  try {
    before = siteFromJson(await Deno.readTextFile(path), path);
  } catch {
    return; // none, or one that nobody can read
  }
  if (before.peerId === peerId) return;
  if (before.name !== name) {
    throw new UserError(
      `starting the peer: "outputDirectory" must be the site's own, it holds the results of ${before.name}`,
      { where: path, value: before.peerId },
    );
  }
  warn(`${path} is of ${name} under another peer id, ${before.peerId}; this run's report takes its place`);
}

/** What predictions' names end with. */
const ENDING = ".nii.gz";

/**
 * Moves predictions of cases that are not tested now, or of networks that are not, into the next free folder
 * `before-N`, so that those of two test sets never lie side by side.
 *
 * @param now.test the ids of the cases that are.
 * @param now.methods the networks that are.
 * @returns what the user is told.
 * @throws {UserError} if they cannot be moved.
 */
export async function setAsideStale(
  outputDirectory: string,
  { test, methods }: { test: readonly string[]; methods: readonly Method[] },
): Promise<string[]> {
  const tested = new Set(test);
  const predictions = join(outputDirectory, "predictions");
  try {
    const stale: string[] = [];
    for await (const path of filesBelow(predictions)) {
      // predictions/METHOD/CASE.nii.gz
      const [method, ...rest] = relative(predictions, path).split(/[\\/]/);
      const id = rest.join("/");
      if (!id.endsWith(ENDING)) continue;
      if (!methods.some((one) => one === method) || !tested.has(id.slice(0, -ENDING.length))) stale.push(path);
    }
    if (stale.length === 0) return [];
    const aside = await nextAside(outputDirectory);
    for (const path of stale) {
      const to = join(aside, relative(outputDirectory, path));
      await Deno.mkdir(dirname(to), { recursive: true });
      await Deno.rename(path, to);
    }
    const names = listed(stale.sort().map((path) => relative(predictions, path)));
    return [`predictions of cases or networks that are not tested now lie in ${aside}: ${names}`];
  } catch (cause) {
    throw new UserError(`putting earlier predictions aside: ${messageOf(cause)}`, { where: predictions, cause });
  }
}

/** All files below a folder, which need not be there. */
async function* filesBelow(directory: string): AsyncGenerator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(directory));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    const path = join(directory, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
