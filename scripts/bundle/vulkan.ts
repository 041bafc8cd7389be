/**
 * The Vulkan loader, for machines that have a card's driver and nothing that finds it: from Debian's package.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { execute, reasonIn } from "../engine_tensorflow/execute.ts";
import type { Carried } from "./licences.ts";

const PACKAGE = "libvulkan1";
/** The name by which Deno's WebGPU opens it. */
const LIBRARY = "libvulkan.so.1";

/**
 * Downloads it and copies it into `target`.
 *
 * @param scratch a folder that may be written to
 * @throws {UserError} if this is no Debian, or its packages are out of reach
 */
export async function addVulkanLoader(target: string, scratch: string): Promise<Carried> {
  const must = async (command: readonly string[], rule: string) => {
    const { ok, stdout, stderr } = await execute(command, { cwd: scratch });
    if (ok) return stdout;
    throw new UserError(`making the bundle: ${rule}: ${reasonIn(stderr)}`, { where: "--with vulkan" });
  };
  await must(["apt-get", "download", "--quiet", PACKAGE], "Debian's packages must be in reach of apt-get");
  const file = [...Deno.readDirSync(scratch)].map(({ name }) => name).find((name) => name.startsWith(`${PACKAGE}_`));
  if (file === undefined) {
    throw new UserError("making the bundle: apt-get must download the package", { where: PACKAGE });
  }
  await must(["dpkg-deb", "--extract", file, "unpacked"], "dpkg-deb must unpack the package");
  const version = await must(["dpkg-deb", "--field", file, "Version"], "dpkg-deb must read the package");
  const unpacked = join(scratch, "unpacked", "usr");
  await Deno.copyFile(join(unpacked, "lib", "x86_64-linux-gnu", LIBRARY), join(target, LIBRARY));
  const text = await Deno.readTextFile(join(unpacked, "share", "doc", PACKAGE, "copyright"));
  return { name: `${PACKAGE} (Debian)`, version, licence: "Apache-2.0", text };
}
