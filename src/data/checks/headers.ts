/** Reading the headers of a case. */
import { imageFilesOf } from "../channels.ts";
import type { CaseReference } from "../datasets/dataset.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { readHeaderOf } from "../formats/registry.ts";
import type { CaseHeaders } from "./check.ts";

/** The headers of all files of a case. @throws {UserError} for the first that cannot be read. */
export async function readCaseHeaders(reference: CaseReference): Promise<CaseHeaders> {
  const image = await readHeaderOf(reference.image);
  const others: NiftiHeader[] = [];
  for (const path of imageFilesOf(reference).slice(1)) others.push(await readHeaderOf(path));
  return {
    reference,
    image,
    ...(others.length > 0 && { others }),
    ...(reference.label !== undefined && { label: await readHeaderOf(reference.label) }),
  };
}
