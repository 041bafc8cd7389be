/** Images that a dataset keeps for a test elsewhere: no cases, but tables may name them. */
import { asRecord } from "./description.ts";
import type { Listings } from "./files.ts";

/** The names in the field `test` of a dataset.json, and of the files in imagesTs. */
export async function testImages(listings: Listings, json: Record<string, unknown>): Promise<string[]> {
  const named = (Array.isArray(json.test) ? json.test : [])
    .map((entry) => typeof entry === "string" ? entry : asRecord(entry)?.image)
    .filter((name) => typeof name === "string");
  const folder = await listings.find("imagesTs");
  return folder === undefined ? named : [...named, ...await listings.volumes(folder)];
}
