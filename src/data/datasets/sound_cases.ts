/** What must hold of the cases of every layout, those that a program registers included. */
import { UserError } from "../../core/errors.ts";
import { channelCount, channelFilesOf, imageFilesOf } from "../channels.ts";
import type { CaseReference, Dataset } from "./dataset.ts";

/** Bytes of a file's name on the usual systems, less what stands behind an id: `.nii.gz`, more while it is written. */
const LONGEST_ID = 255 - 40;

/**
 * Ids are names of files, of their own each, all have the dataset's channels, and no file is of two persons.
 *
 * @throws {UserError} naming the case.
 */
export function requireSoundCases({ cases, directory, channels }: Dataset): void {
  const count = channelCount({ channels });
  const ids = new Set<string>();
  const images = new Set<string>();
  const owners = new Map<string, CaseReference>();
  for (const reference of cases) {
    const { id, image, label, subject } = reference;
    const isName = id !== "" && !/[/\\\0]/.test(id) && !id.startsWith(".");
    if (!isName || new TextEncoder().encode(id).length > LONGEST_ID) {
      throw new UserError("opening a dataset: a case's name must serve as the name of a file", {
        where: image,
        value: JSON.stringify(id),
      });
    }
    if (ids.has(id)) {
      throw new UserError("opening a dataset: every case must have a name of its own", { where: directory, value: id });
    }
    ids.add(id);
    const files = imageFilesOf(reference);
    const found = channelFilesOf(reference).length;
    if (found !== count) {
      throw new UserError(`opening a dataset: every case must have as many channels as the dataset, ${count}`, {
        where: image,
        value: `${id} has ${found}`,
      });
    }
    for (const file of files) {
      if (label === file || images.has(file)) {
        throw new UserError("opening a dataset: every case must have an image of its own", { where: file, value: id });
      }
      images.add(file);
    }
    for (const file of label === undefined ? files : [...files, label]) {
      const owner = owners.get(file);
      if (owner && owner.subject !== subject) {
        throw new UserError("opening a dataset: a file must be of one person; subjects.tsv says whose a case is", {
          where: file,
          value: `${owner.id} and ${id}`,
        });
      }
      owners.set(file, reference);
    }
  }
}
