/**
 * The npm package's own installer: it downloads TensorFlow and a compiled addon from where the package's makers put
 * them.
 *
 * @module
 */

import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import type { PackageName } from "../../src/engine/kernels/tensorflow/installation.ts";
import { execute, reasonIn } from "./execute.ts";
import { PACKAGE_VERSION } from "./plan.ts";

/**
 * Installs the package into `folder`, which is made, as npm would, with its install script.
 *
 * @returns the addon's path.
 * @throws {UserError} saying why the installer failed.
 */
export async function runInstaller(packageName: PackageName, folder: string): Promise<string> {
  const specifier = `npm:${packageName}@${PACKAGE_VERSION}`;
  await Deno.mkdir(folder, { recursive: true });
  const configuration = { nodeModulesDir: "auto", imports: { [packageName]: specifier } };
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(configuration));
  const { ok, stderr } = await execute([Deno.execPath(), "install", `--allow-scripts=${specifier}`], {
    cwd: folder,
  });
  if (!ok) throw new UserError(`the package's installer failed: ${installerReason(stderr)}`);
  const built = join(folder, "node_modules", packageName, "lib");
  try {
    for await (const { name } of Deno.readDir(built)) { // napi-v8, or what the installer found to fit
      const addon = join(built, name, "tfjs_binding.node");
      if (await Deno.stat(addon).then(({ isFile }) => isFile, () => false)) return addon;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new UserError(`the package's installer must leave an addon, and left none in ${built}`);
}

/**
 * The error of the script itself, which Deno quotes below "stderr:", not Deno's sentence about the script that failed.
 */
export function installerReason(stderr: string): string {
  return reasonIn(stderr.split(/^stderr:$/m).at(-1)!);
}
