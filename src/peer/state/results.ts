/**
 * What lies in the folder of results from before.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { siteFromJson } from "../report/json.ts";

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
