/**
 * The files by which Vulkan's loader knows drivers, and whether the libraries that they name can be opened.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { messageOf } from "../../../src/core/errors.ts";

/** A driver's file. */
export interface DriverFile {
  readonly path: string;
  /** The library that it names. */
  readonly library: string;
  /** Why it is of no use; absent if the library can be opened. */
  readonly fault?: string;
}

/** What was found. */
export interface DriverFiles {
  /** Where the loader looks: folders, or files that a variable names. */
  readonly places: readonly string[];
  /** What it finds there. */
  readonly files: readonly DriverFile[];
  /** Files in places where it does not look by itself, as NVIDIA's containers have them. */
  readonly elsewhere: readonly string[];
}

/** Variables that name the only files that count, as the loader reads them (LoaderInterfaceArchitecture.md). */
const ONLY = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/** Where drivers were seen beside the loader's own places. */
const ELSEWHERE = [
  "/usr/local/nvidia/share/vulkan/icd.d",
  "/usr/local/nvidia/vulkan/icd.d",
  "/opt/amdgpu/etc/vulkan/icd.d",
];

/** Where the loader looks on Linux. */
export function placesOf(env: (name: string) => string | undefined): string[] {
  const only = ONLY.map(env).find((value) => value);
  if (only) return only.split(":").filter(Boolean);
  const home = env("HOME") ?? "/nonexistent";
  const folders = [
    ...[env("XDG_CONFIG_HOME") ?? join(home, ".config"), ...(env("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(":"), "/etc"],
    ...[env("XDG_DATA_HOME") ?? join(home, ".local/share")],
    ...(env("XDG_DATA_DIRS") ?? "/usr/local/share:/usr/share").split(":"),
  ];
  const added = (env("VK_ADD_DRIVER_FILES") ?? "").split(":").filter(Boolean);
  return [...added, ...new Set(folders.map((folder) => join(folder, "vulkan/icd.d")))];
}

async function jsonFiles(place: string): Promise<string[]> {
  if (place.endsWith(".json")) return await Deno.stat(place).then(() => [place], () => []);
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(place)) if (name.endsWith(".json")) names.push(name);
    return names.sort().map((name) => join(place, name));
  } catch {
    return []; // not there, or not to be read: the loader finds nothing there either
  }
}

/** Reads a driver's file and opens its library. */
async function examine(path: string, open: (library: string) => void): Promise<DriverFile> {
  let library = "";
  try {
    library = JSON.parse(await Deno.readTextFile(path)).ICD?.library_path ?? "";
    if (!library) return { path, library, fault: "it must name a library under ICD.library_path" };
    // a path with a folder is relative to the file, a bare name is looked for by the system
    open(library.includes("/") ? join(library.startsWith("/") ? "/" : dirname(path), library) : library);
    return { path, library };
  } catch (error) {
    return { path, library, fault: messageOf(error) };
  }
}

/** Opens a library of which nothing is called. */
function openLibrary(library: string): void {
  Deno.dlopen(library, {});
}

/** Looks for the files of drivers. */
export async function findDriverFiles(
  { env = (name) => Deno.env.get(name), open = openLibrary, elsewhere = ELSEWHERE }: {
    env?: (name: string) => string | undefined;
    open?: (library: string) => void;
    elsewhere?: readonly string[];
  } = {},
): Promise<DriverFiles> {
  const places = placesOf(env);
  const paths = (await Promise.all(places.map(jsonFiles))).flat();
  const others = (await Promise.all(elsewhere.filter((place) => !places.includes(place)).map(jsonFiles))).flat();
  return {
    places,
    files: await Promise.all(paths.map((path) => examine(path, open))),
    elsewhere: others.filter((path) => !paths.includes(path)),
  };
}
