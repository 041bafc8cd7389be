/**
 * The files of tests by rooms: the tests of a room share one module graph, which is most of what a file of them takes
 * where each loads its own.
 *
 * @module
 */
import { join, toFileUrl } from "@std/path";

/** Test files that are loaded together, in their order. */
export interface Room {
  /** A folder of `tests/`; "tests" for the files beside these folders. */
  readonly name: string;
  /** Paths of the files. */
  readonly files: readonly string[];
}

/** The name of the room of files that lie in no folder. */
const TOP = "tests";

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? filesBelow(path) : name.endsWith("_test.ts") ? [path] : [];
  });
}

/** All rooms of a folder of tests, by their names; a folder without a test is none. */
export function roomsOf(tests: string): Room[] {
  const entries = [...Deno.readDirSync(tests)];
  const folders = entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => ({ name, files: filesBelow(join(tests, name)).sort() }));
  const top = entries.filter(({ name, isFile }) => isFile && name.endsWith("_test.ts")).map(({ name }) =>
    join(tests, name)
  );
  return [...folders, { name: TOP, files: top.sort() }].filter(({ files }) => files.length > 0)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The module that loads a room: one file that cannot be loaded is a failed test, and the others are run. */
export function entryOf({ files }: Room): string {
  return files.map((file) => {
    const url = JSON.stringify(toFileUrl(file).href);
    const failed = `(error) => Deno.test(${JSON.stringify(`${file} can be loaded`)}, () => { throw error; })`;
    return `await import(${url}).catch(${failed});\n`;
  }).join("");
}
