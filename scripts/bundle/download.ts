/**
 * Packages that only the making of a bundle needs: downloaded at the first call, and not in the lock file, from which
 * everybody downloads.
 *
 * @module
 */
import { messageOf, UserError } from "../../src/core/errors.ts";

/** Their versions. */
export const downloads = {
  /** Makes modules of packages (https://esbuild.github.io); 10 MB. */
  esbuild: "npm:esbuild@0.28.2",
  /** The usual licences' texts. */
  licences: "npm:spdx-license-list@6.12.0/full.js",
} as const;

/** The module of a package. @throws {UserError} if it is neither there nor in reach */
export async function download(name: keyof typeof downloads): Promise<unknown> {
  const specifier: string = downloads[name]; // a constant in the import itself would put it into the module graph
  try {
    return await import(specifier);
  } catch (cause) {
    throw new UserError(
      `making the bundle: this package must be there or in reach: ${messageOf(cause).split("\n")[0]}`,
      { where: specifier, cause },
    );
  }
}
