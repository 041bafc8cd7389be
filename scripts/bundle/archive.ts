/**
 * A folder as an archive of the same bytes wherever and whenever it is made: sorted names, no times, no owners.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import { basename, dirname, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { writeAtomically } from "../../src/core/files.ts";

/** The archives that can be made, by how their names end. */
export const endings = [".tar.zst", ".tar.gz"] as const;

/** How hard it is compressed: "fast" is for trials. */
export type Effort = "best" | "fast";

/** 2^27 bytes, what zstd unpacks without being asked to (its ZSTD_WINDOWLOG_LIMIT_DEFAULT): all that is repeated. */
const WINDOW_LOG = 27;

function compressor(ending: string, effort: Effort) {
  if (ending === ".tar.gz") return createGzip({ level: effort === "best" ? 9 : 1 });
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog, ZSTD_c_enableLongDistanceMatching } = constants;
  const best = { [ZSTD_c_compressionLevel]: 22, [ZSTD_c_windowLog]: WINDOW_LOG };
  return createZstdCompress({
    params: effort === "best" ? { ...best, [ZSTD_c_enableLongDistanceMatching]: 1 } : { [ZSTD_c_compressionLevel]: 1 },
  });
}

/** The ending of `file` that says which archive it is. @throws {UserError} if it has none of them */
export function archiveEnding(file: string): typeof endings[number] {
  const found = endings.find((ending) => basename(file).endsWith(ending) && basename(file) !== ending);
  if (found) return found;
  throw new UserError(`making the bundle: its name must end in ${endings.join(" or ")}`, {
    where: "--out",
    value: file,
  });
}

/** What was written. */
export interface Archive {
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal. */
  readonly digest: string;
}

/**
 * Packs `folder`, under its own name, into `file`.
 *
 * @throws {UserError} if GNU tar is not there, or fails
 */
export async function writeArchive(folder: string, file: string, effort: Effort): Promise<Archive> {
  const ending = archiveEnding(file);
  const tar = new Deno.Command("tar", {
    args: [
      ...["--create", "--format=ustar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
      ...["--mode=u=rwX,go=rX", "--directory", dirname(folder), basename(folder)],
    ],
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  });
  const child = spawn(tar);
  const complaints = new Response(child.stderr).text();
  const hash = createHash("sha256");
  let bytes = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    // what fails before goes on as an error of this stream
    const compressed = Readable.from(child.stdout).compose(compressor(ending, effort));
    for await (const piece of compressed as AsyncIterable<Uint8Array>) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
    const [{ success }, complaint] = await Promise.all([child.status, complaints]);
    if (!success) throw new UserError(`making the bundle: GNU tar must pack it: ${complaint.trim().split("\n")[0]}`);
  }
  await writeAtomically(file, pieces());
  return { bytes, digest: hash.digest("hex") };
}

function spawn(command: Deno.Command): Deno.ChildProcess {
  try {
    return command.spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UserError("making the bundle: the program tar must be installed", { cause });
  }
}

/** All files below `folder`, relative to it, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) found.push(name);
    else found.push(...(await filesBelow(join(folder, name))).map((below) => `${name}/${below}`));
  }
  return found.toSorted();
}

/** The lines that sha256sum reads: the digests of `files` below `folder`. */
export async function sumsOf(folder: string, files: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const file of files) {
    const digest = createHash("sha256").update(await Deno.readFile(join(folder, file))).digest("hex");
    lines.push(`${digest}  ${file}\n`);
  }
  return lines.join("");
}
