/**
 * `deno task convert --input DIR --output DIR`: DICOM series and other volumes as NIfTI files.
 *
 * @module
 */
import { join } from "@std/path";
import { isUserError, messageOf, UserError } from "../core/errors.ts";
import { entryAt } from "../core/files.ts";
import { convertVolume, OutputError } from "../data/conversion/convert.ts";
import { findSources, type Source } from "../data/conversion/find.ts";
import { readSubjectRows, writeSubjectRows } from "../data/conversion/subjects.ts";
import { formatCount } from "../display/formats/count.ts";
import { formatNumber } from "../display/formats/number.ts";
import { printable } from "../display/formats/printable.ts";
import { Interrupted } from "./command.ts";
import { defineCommand, needed, path, toggle } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";

/** Faults in the last line. */
const SHOWN = 3;

/** The command. */
export const convert = defineCommand({
  name: "convert",
  does: "makes NIfTI files of DICOM series and other volumes",
  notes: [
    "Every series below the folder becomes FOLDER_sNUMBER_DESCRIPTION.nii.gz, every .mha, .mhd, .nrrd and .nhdr a file of",
    "its name. subjects.tsv says which are of one patient. What cannot be converted is told, the others are, and the exit",
    "code is 1. Called again, it goes on with what is not done.",
  ],
  flags: {
    input: needed(path("DIR", "the folder, with folders in it as they are")),
    output: needed(path("DIR", "where the files are written; made where it is absent")),
    again: toggle("convert what is there already, too"),
  },
  example: "--input export --output volumes",
  async run({ flags: { input, output, again } }) {
    using interrupted = interruption();
    const { signal } = interrupted;
    try {
      await convertAll({ input, output, again, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Interrupted(`${signal.reason.message}; called again, it goes on with what is not done`);
    }
  },
});

async function convertAll(
  { input, output, again, signal }: { input: string; output: string; again: boolean; signal: AbortSignal },
): Promise<void> {
  const { sources, faults, notes } = await findSources(input, { signal });
  const rows = await readSubjectRows(output);
  for (const note of notes) console.error(printable(note));
  const failed = faults.map(({ message }) => message);
  for (const message of failed) console.error(`not converted: ${printable(message)}`);
  await Deno.mkdir(output, { recursive: true }).catch((cause) => {
    throw new UserError(`converting: the folder must be one that can be made: ${messageOf(cause)}`, {
      where: output,
      cause,
    });
  });
  const done: Source[] = [];
  for (const [index, source] of sources.entries()) {
    signal.throwIfAborted();
    const { isDone, line } = await converted(source, { output, again, signal }, failed);
    console.log(`${String(index + 1).padStart(String(sources.length).length)}/${sources.length}  ${line}`);
    if (!isDone) continue;
    done.push(source);
    await writeSubjectRows(output, rows, done); // after each, so that the table is not behind the files
  }
  console.log(`${formatCount(done.length, "volume")} in ${output}`);
  if (failed.length === 0) return;
  const more = failed.length > SHOWN ? `; and ${failed.length - SHOWN} more` : "";
  throw new UserError(`converting: ${failed.length} of the series and files could not be converted`, {
    where: failed.slice(0, SHOWN).join("; ") + more,
  });
}

async function converted(
  { id, path }: Source,
  { output, again, signal }: { output: string; again: boolean; signal: AbortSignal },
  failed: string[],
): Promise<{ isDone: boolean; line: string }> {
  const file = join(output, `${id}.nii.gz`), startedAt = performance.now();
  const isThere = !again && await entryAt(file, { follow: false });
  if (isThere) return { isDone: true, line: `${printable(id)}  is done already` };
  try {
    const dims = await convertVolume(path, file, { signal });
    const seconds = (performance.now() - startedAt) / 1000;
    return { isDone: true, line: `${printable(id)}  ${dims.join(" x ")}, ${formatNumber(seconds, 2)} s` };
  } catch (error) {
    signal.throwIfAborted();
    if (!isUserError(error) || error instanceof OutputError) throw error;
    failed.push(error.message);
    return { isDone: false, line: `${printable(id)}  failed: ${printable(error.message)}` };
  }
}

if (import.meta.main) await convert.main();
