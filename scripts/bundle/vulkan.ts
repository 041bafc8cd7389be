/**
 * The Vulkan loader, for machines that have a card's driver and nothing that finds it, and what NVIDIA's driver needs
 * of a desktop: from Debian's packages.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { execute, reasonIn } from "../engine_tensorflow/execute.ts";
import type { Carried } from "./licences.ts";

/** Debian's packages, and what of each is carried, by the names by which Deno's WebGPU and the driver open it. */
const PACKAGES = [
  { name: "libvulkan1", library: "libvulkan.so.1", licence: "Apache-2.0" },
  // NVIDIA's driver offers no device without it (https://github.com/NVIDIA/nvidia-container-toolkit/issues/1952)
  { name: "libegl1", library: "libEGL.so.1", licence: "MIT" },
  { name: "libglvnd0", library: "libGLdispatch.so.0", licence: "MIT" }, // which libEGL.so.1 needs
] as const;

/**
 * A driver's file for NVIDIA's library without X11; the driver's own file names libGLX_nvidia.so.0, which cannot be
 * opened where libXext.so.6 is not installed (https://github.com/NVIDIA/nvidia-container-toolkit/issues/16).
 */
const HEADLESS = {
  file: "nvidia_headless_icd.json", // the launcher names it
  text: '{"file_format_version": "1.0.1", "ICD": {"library_path": "libEGL_nvidia.so.0", "api_version": "1.3.0"}}\n',
};

/**
 * Downloads all of it and copies it into `target`.
 *
 * @param scratch a folder that may be written to
 * @throws {UserError} if this is no Debian, or its packages are out of reach
 */
export async function addVulkanLoader(target: string, scratch: string): Promise<Carried[]> {
  const must = async (command: readonly string[], rule: string) => {
    const { ok, stdout, stderr } = await execute(command, { cwd: scratch });
    if (ok) return stdout;
    throw new UserError(`making the bundle: ${rule}: ${reasonIn(stderr)}`, { where: "--with vulkan" });
  };
  const names = PACKAGES.map(({ name }) => name);
  await must(["apt-get", "download", "--quiet", ...names], "Debian's packages must be in reach of apt-get");
  await Deno.writeTextFile(join(target, HEADLESS.file), HEADLESS.text);
  const carried: Carried[] = [];
  for (const { name, library, licence } of PACKAGES) {
    const files = [...Deno.readDirSync(scratch)].map((entry) => entry.name);
    const file = files.find((each) => each.startsWith(`${name}_`));
    if (file === undefined) {
      throw new UserError("making the bundle: apt-get must download the package", { where: name });
    }
    await must(["dpkg-deb", "--extract", file, name], "dpkg-deb must unpack the package");
    const version = await must(["dpkg-deb", "--field", file, "Version"], "dpkg-deb must read the package");
    const unpacked = join(scratch, name, "usr");
    await Deno.copyFile(join(unpacked, "lib", "x86_64-linux-gnu", library), join(target, library));
    const text = await Deno.readTextFile(join(unpacked, "share", "doc", name, "copyright"));
    carried.push({ name: `${name} (Debian)`, version, licence, text });
  }
  return carried;
}
