/** The log of a peer as files, of which a fixed number is kept. */
import { dirname } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import type { RecordsLogSettings } from "../../settings/types.ts";
import type { Follower } from "../follower.ts";
import { RotatingFile, type RotatingFileOptions } from "./rotating_file.ts";

/** What {@linkcode followWithLog} needs to know. */
export interface LogFileOptions {
  /** Where, how large, how many. */
  settings: RecordsLogSettings;
  /** The folder of state: nobody else may read it, also where the log is the first in it. */
  stateDirectory: string;
  /** Makes a log that writes its lines with `write`. */
  lines: (write: (text: string) => void) => Pick<Follower, "handle" | "close">;
  /** Told what was deleted; comes back as an event. */
  note: (message: string) => void;
  /** Told when the file cannot be written. */
  warn: (message: string) => void;
}

const MEBIBYTE = 2 ** 20;

/**
 * Writes the log to a file. One that cannot be written later on costs lines and a warning, never the run.
 *
 * @throws {UserError} if the file cannot be opened now.
 */
export function followWithLog({ settings, stateDirectory, lines, note, warn }: LogFileOptions): Follower {
  const { file: path, size, files } = settings;
  const file = opened(path, stateDirectory, { bytes: size * MEBIBYTE, files });
  const deleted: string[] = [];
  let isFailing = false;
  const log = lines((text) => {
    try {
      const gone = file.write(text);
      if (gone !== undefined) deleted.push(gone);
      isFailing = false;
    } catch (error) {
      if (isFailing) return;
      isFailing = true; // before the warning, which comes back here
      warn(`the log cannot be written: ${messageOf(error)}: ${path}`);
    }
  });
  return {
    handle(event) {
      log.handle(event);
      for (const gone of deleted.splice(0)) note(`deleted the oldest file of the log, ${gone}: records.log.files`);
    },
    close() {
      log.close();
      file.close();
    },
  };
}

/** Opens the log; its folder is made if need be, since a peer that has not begun has made none. */
function opened(path: string, stateDirectory: string, options: RotatingFileOptions): RotatingFile {
  const folder = dirname(path);
  try {
    Deno.mkdirSync(folder, { recursive: true, ...(folder === stateDirectory && { mode: 0o700 }) });
    return RotatingFile.open(path, options);
  } catch (cause) {
    const rule = `opening the log: "records.log.file" must be a file that can be written; ${messageOf(cause)}`;
    throw new UserError(rule, { where: path, cause });
  }
}
