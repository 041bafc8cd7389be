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
 * @throws {UserError} naming the first file that is called as the label of another in its folder: a_seg beside a_t1.
 */
export function requireImagesOnly(listings: Listings, images: readonly string[]): void {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
  const wordsOf = (path: string) => caseId(path).toLowerCase().split(/[_.\s-]+/);
  for (const beside of Map.groupBy(images, folderOf).values()) {
    const names = beside.map((path) => ({ path, words: wordsOf(path) }));
    const images = names.filter(({ words }) => !words.some((word) => LABEL_WORDS.has(word)));
    const label = names.find(({ words }) => {
      const others = words.filter((word) => !LABEL_WORDS.has(word));
      return others.length < words.length && images.some(({ words }) => others.every((word, i) => words[i] === word));
    });
    if (!label) continue;
    throw new UserError(
      "opening a dataset: label files are read with a dataset.json only, which says what their values mean; " +
        "write one, or take the label files away",
      { where: listings.path(label.path) },
    );
  }
}
