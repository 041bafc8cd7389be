/**
 * Lays a bundle out in a folder.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { WIRE_VERSION } from "../../src/mesh/protocols/frame.ts";
import { suites } from "../gpu/suites.ts";
import { filesBelow, sumsOf } from "./archive.ts";
import { isResult, readCheckout } from "./checkout.ts";
import { type Carried, carriedPackage, licencesText, readUsualTexts } from "./licences.ts";
import { findNeeds } from "./modules.ts";
import { bundlePackages, exportsOf, lostExports, moduleName } from "./packages.ts";
import { bundleConfiguration, carriedTasks, type Configuration, nameCommands, usageText } from "./tasks.ts";
import { addVulkanLoader } from "./vulkan.ts";

/** Where the packages lie; in a folder of this name Deno gives them what packages for Node expect. */
const PACKAGES = "node_modules/bundled";

/** Options of {@linkcode layOut}. */
export interface BundleOptions {
  /** The project's folder. */
  readonly root: string;
  /** What is carried beside it. */
  readonly extras: readonly "vulkan"[];
  /** A folder that may be written to. */
  readonly scratch: string;
  /** Told each step. */
  readonly say: (line: string) => void;
}

/** What was laid out. */
export interface LaidOut {
  readonly folder: string;
  /** The bundle's version, in a line. */
  readonly version: string;
}

/** Lays the bundle out below `scratch`. @throws {UserError} if anything it is made of is not there */
export async function layOut({ root, extras, scratch, say }: BundleOptions): Promise<LaidOut> {
  const { files, commit } = await readCheckout(root);
  const [folder, work] = [join(scratch, "syncytium"), join(scratch, "packages")];
  const packages = join(folder, PACKAGES);
  await Promise.all([packages, work, join(folder, "bundle")].map((path) => Deno.mkdir(path, { recursive: true })));
  await copyDeno(join(folder, "deno"));
  const configuration: Configuration = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const programs = files.filter((file) => file.endsWith(".ts") && !file.includes("/assembly/"));
  const needs = await findNeeds(root, [...programs, ...suites], work);

  say(`bundling ${needs.packages.length} imports of packages`);
  const { imports } = configuration;
  const offered = await exportsOf(needs.packages, join(root, "deno.json"));
  const folders = await bundlePackages(offered, { root, imports, scratch: work, target: packages });
  const tasks = carriedTasks(configuration.tasks);
  const own = new Set([...files, ...needs.files.filter((file) => file.startsWith("tests/"))]);
  for (const file of own) await copyOwn(file, root, folder, (text) => nameCommands(text, tasks));
  const mapped = Object.fromEntries(needs.packages.map((name) => [name, `./${PACKAGES}/${moduleName(name)}.js`]));
  await Deno.writeTextFile(join(folder, "deno.json"), bundleConfiguration(configuration, mapped));
  const lost = lostExports(offered, await exportsOf(needs.packages, join(folder, "deno.json")), imports);
  if (lost.length > 0) {
    throw new Error(`bundled packages must export what they do unbundled, and lack ${lost.join(", ")}`);
  }

  const carried = [await denosLicence(), ...await Promise.all(folders.map(carriedPackage))];
  if (extras.includes("vulkan")) carried.push(...await addVulkan(folder, scratch));
  const version = `syncytium ${configuration.version}, wire version ${WIRE_VERSION}, Deno ${Deno.version.deno}, ` +
    `for Linux on x86-64${extras.length > 0 ? `, with ${extras.join(", ")}` : ""}, commit ${commit}`;
  const texts = {
    "LICENCES.txt": licencesText(carried, await readUsualTexts()),
    "bundle/version.txt": `${version}\n`,
    "bundle/commands.txt": `${Object.keys(tasks).join("\n")}\n`,
    "bundle/usage.txt": usageText(tasks, version),
    "syncytium": await Deno.readTextFile(new URL("launcher.sh", import.meta.url)),
  };
  for (const [file, text] of Object.entries(texts)) await Deno.writeTextFile(join(folder, file), text);
  await Deno.chmod(join(folder, "syncytium"), 0o755);
  const checked = (await filesBelow(folder)).filter((file) => !isResult(file));
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), await sumsOf(folder, checked));
  return { folder, version };
}

/** The Deno that runs this. @throws {UserError} unless it is a program for Linux on x86-64 */
async function copyDeno(target: string): Promise<void> {
  const path = Deno.execPath();
  using file = await Deno.open(path);
  const head = new Uint8Array(20);
  await file.read(head);
  // ELF, 64 bits, little-endian; e_machine 62 is x86-64 (System V ABI, "ELF Header")
  const isFit = [0x7f, 0x45, 0x4c, 0x46, 2, 1].every((byte, i) => head[i] === byte) && head[18] === 62;
  if (!isFit) {
    throw new UserError("making the bundle: the Deno that makes it must be a program for Linux on x86-64", {
      where: path,
    });
  }
  await Deno.copyFile(path, target);
  await Deno.chmod(target, 0o755);
}

async function copyOwn(file: string, root: string, folder: string, rename: (text: string) => string): Promise<void> {
  const target = join(folder, file);
  await Deno.mkdir(dirname(target), { recursive: true });
  if (/\.(ts|md)$/.test(file) && !file.startsWith("tests/")) {
    await Deno.writeTextFile(target, rename(await Deno.readTextFile(join(root, file))));
  } else await Deno.writeFile(target, await Deno.readFile(join(root, file)));
}

async function denosLicence(): Promise<Carried> {
  const text = await Deno.readTextFile(new URL("deno_licence.txt", import.meta.url));
  return { name: "deno", version: Deno.version.deno, licence: "MIT", text: text.trim() };
}

async function addVulkan(folder: string, scratch: string): Promise<Carried[]> {
  const [libraries, work] = [join(folder, "lib"), join(scratch, "vulkan")];
  for (const path of [libraries, work]) await Deno.mkdir(path);
  return await addVulkanLoader(libraries, work);
}
