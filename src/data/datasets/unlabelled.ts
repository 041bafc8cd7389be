/** What the layouts without a dataset.json have in common: images only, since nothing says what label values mean. */
import { UserError } from "../../core/errors.ts";
import { caseId, type Listings } from "./files.ts";

/** Words by which people call label files. */
const LABEL_WORDS = new Set(["label", "labels", "seg", "segmentation", "mask", "masks", "gt", "truth", "dseg", "roi"]);

/** The name of a folder, as a dataset's. */
export function folderName(directory: string): string {
  return directory.replace(/\/+$/, "").replace(/^.*\//, "");
}

/**
 * Label files would be taken for images of their own.
 *
 * @param images paths from the dataset's folder
 * @throws {UserError} naming the first file that is called as the label of another in its folder.
 */
export function requireImagesOnly(listings: Listings, images: readonly string[]): void {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
  const all = new Set(images.map((path) => folderOf(path) + caseId(path).toLowerCase()));
  const beside = Map.groupBy(images, folderOf);
  for (const path of images) {
    const folder = folderOf(path);
    const words = caseId(path).toLowerCase().split(/[_.\s-]+/);
    const others = words.filter((word) => !LABEL_WORDS.has(word));
    if (others.length === words.length) continue;
    const isOfAnother = others.length === 0
      ? beside.get(folder)!.length > 1
      : [...all].some((name) =>
        name.slice(folder.length).split(/[_.\s-]+/).join() === others.join() && name.startsWith(folder)
      );
    if (!isOfAnother) continue;
    throw new UserError(
      "opening a dataset: label files are read with a dataset.json only, which says what their values mean; " +
        "write one, or take the label files away",
      { where: listings.path(path) },
    );
  }
}
