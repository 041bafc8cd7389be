/**
 * The packages that the project imports, each as one small module, by esbuild: what several share is in pieces that
 * all of them import, so that there is one of it, as there must be of tfjs's registries.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { execute, reasonIn } from "../engine_tensorflow/execute.ts";
import { download } from "./download.ts";

/** What is used of esbuild (https://esbuild.github.io/api/). */
interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{ metafile: { inputs: Record<string, unknown> } }>;
  stop(): Promise<void>;
}

/** What is used of a plugin's side of it. */
interface PluginBuild {
  onLoad(options: { filter: RegExp }, load: (file: { path: string }) => Promise<{ contents: string }>): void;
}

/** Packages of an old form (UMD) that esbuild cannot follow, and the module in them that it can. */
const MODULES: Readonly<Record<string, string>> = { "jsonc-parser": "jsonc-parser/lib/esm/main.js" };

/** A module that reads its package's package.json when it is loaded, which does not lie above it any more once bundled. */
const READS_MANIFEST = /\/@achingbrain\/ssdp\/dist\/src\/ssdp\.js$/;

/** What CommonJS code expects to be there. */
const BANNER =
  `import{createRequire as _createRequire}from"node:module";const require=_createRequire(import.meta.url),` +
  "__filename=import.meta.filename,__dirname=import.meta.dirname;";

/** The program that tells what packages export. */
const EXPORTS = new URL("exports_process.ts", import.meta.url).pathname;

/** Options of {@linkcode bundlePackages}. */
export interface PackagesOptions {
  /** The project's folder. */
  readonly root: string;
  /** What deno.json says of packages. */
  readonly imports: Readonly<Record<string, string>>;
  /** A folder that may be written to. */
  readonly scratch: string;
  /** The folder that the modules are written to. */
  readonly target: string;
}

/** The name of the module that `name` becomes: "@libp2p/crypto/keys" is "libp2p__crypto__keys". */
export const moduleName = (name: string): string => name.replace(/^@/, "").replaceAll("/", "__").replace(/\.js$/, "");

/**
 * The package's own path for a name of deno.json's "imports": "@std/path" is "deno-std/path/mod.js".
 *
 * @throws {UserError} unless the name stands there, or begins with one that ends in a slash
 */
export function packagePath(name: string, imports: Readonly<Record<string, string>>): string {
  const prefix = Object.keys(imports).find((key) => key.endsWith("/") && name.startsWith(key));
  const target = imports[name] ?? (prefix && imports[prefix] + name.slice(prefix.length));
  const [, path, rest = ""] = target?.match(/^npm:\/?((?:@[^/]+\/)?[^@/]+)@[^/]+(\/.+)?$/) ?? [];
  if (path !== undefined) return path + rest;
  throw new UserError('making the bundle: every import must stand in "imports" of deno.json, as npm:NAME@VERSION', {
    where: name,
    value: target,
  });
}

/** The package, with its version, that a file under node_modules belongs to, as its folder; undefined if to none. */
export const packageFolder = (file: string): string | undefined =>
  file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0];

/** What modules export, by the names under which they are imported. */
export type Exports = Readonly<Record<string, readonly string[]>>;

/**
 * Writes a module for each of `wanted`, and the .wasm files that they read beside themselves.
 *
 * @returns the folders of all packages that have a part in it
 * @throws {UserError} if packages cannot be installed or bundled
 */
export async function bundlePackages(wanted: Exports, options: PackagesOptions): Promise<string[]> {
  const { imports, scratch, target } = options;
  await install(options);
  const names = Object.keys(wanted);
  for (const name of names) {
    const path = packagePath(name, imports);
    const exported = wanted[name].filter((each) => !isLeftOut(path, each));
    const text = exported.length > 0 ? `export { ${exported.join(", ")} } from "${path}";` : `import "${path}";`;
    await Deno.writeTextFile(join(scratch, `${moduleName(name)}.mjs`), text);
  }
  const inputs = await build(names.map((name) => `${moduleName(name)}.mjs`), scratch, target);
  await copyBinaries(inputs, scratch, target);
  const folders = inputs.map(packageFolder).filter((folder) => folder !== undefined);
  return [...new Set(folders)].toSorted().map((folder) => join(scratch, folder));
}

/** What each of `names` exports where `configuration` holds. @throws {UserError} if one cannot be imported */
export async function exportsOf(names: readonly string[], configuration: string): Promise<Exports> {
  const { ok, stdout, stderr } = await execute([
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"],
    ...["--config", configuration, EXPORTS, ...names],
  ]);
  if (ok) return JSON.parse(stdout.split("\n").at(-1)!) as Exports;
  throw new UserError(`making the bundle: every package must be one that can be imported: ${reasonIn(stderr)}`);
}

/** A module that takes the place of an old form has no default export, as that has. */
const isLeftOut = (path: string, exported: string): boolean => exported === "default" && path in MODULES;

/** What is exported in `before` and not in `after`: "NAME of MODULE" each. @param imports as in deno.json */
export function lostExports(before: Exports, after: Exports, imports: Readonly<Record<string, string>>): string[] {
  return Object.entries(before).flatMap(([name, exported]) =>
    exported.filter((each) => !after[name].includes(each) && !isLeftOut(packagePath(name, imports), each))
      .map((each) => `${each} of ${name}`)
  );
}

/** All packages of deno.json as folders, of the versions in the lock file, which is how esbuild finds them. */
async function install({ root, imports, scratch }: PackagesOptions): Promise<void> {
  await Deno.writeTextFile(join(scratch, "deno.json"), JSON.stringify({ nodeModulesDir: "auto", imports }));
  await Deno.copyFile(join(root, "deno.lock"), join(scratch, "deno.lock"));
  const { ok, stderr } = await execute([Deno.execPath(), "install", "--quiet", "--frozen"], { cwd: scratch });
  if (!ok) throw new UserError(`making the bundle: the packages must be there or in reach: ${reasonIn(stderr)}`);
}

/** @returns all files that have a part in it, relative to `scratch` */
async function build(entryPoints: readonly string[], scratch: string, target: string): Promise<string[]> {
  const esbuild = await download("esbuild") as Esbuild;
  try {
    const { metafile } = await esbuild.build({
      absWorkingDir: scratch,
      entryPoints,
      outdir: target,
      ...{ bundle: true, splitting: true, format: "esm", target: "esnext", charset: "utf8", banner: { js: BANNER } },
      // the same files as Deno takes, which knows no field "module"
      ...{ platform: "node", mainFields: ["main"], conditions: ["deno"], alias: MODULES },
      // names of classes and functions are read: of errors, and of what tfjs keeps
      ...{ minify: true, keepNames: true, legalComments: "none", metafile: true, logLevel: "silent" },
      plugins: [{
        name: "manifests",
        setup: ({ onLoad }: PluginBuild) => onLoad({ filter: READS_MANIFEST }, withManifest),
      }],
    });
    await esbuild.stop();
    return Object.keys(metafile.inputs);
  } catch (cause) {
    throw new UserError(`making the bundle: the packages must be such as esbuild can bundle: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The module at `path` with name and version of its package where it reads them. */
async function withManifest({ path }: { path: string }): Promise<{ contents: string }> {
  const manifest = join("..", "..", "package.json");
  const { name, version } = JSON.parse(await Deno.readTextFile(join(dirname(path), manifest)));
  const code = await Deno.readTextFile(path);
  return { contents: code.replace(/\breq\('\.\.\/\.\.\/package\.json'\)/, () => JSON.stringify({ name, version })) };
}

/** Copies the .wasm files that lie beside an input which names them; in the bundle, too, they are looked for there. */
async function copyBinaries(inputs: readonly string[], scratch: string, target: string): Promise<void> {
  const folders = Map.groupBy(inputs.filter((file) => /\.[cm]?js$/.test(file)), dirname);
  for (const [folder, files] of folders) {
    const binaries = [...Deno.readDirSync(join(scratch, folder))].map(({ name }) => name)
      .filter((name) => name.endsWith(".wasm"));
    if (binaries.length === 0) continue;
    const texts = await Promise.all(files.map((file) => Deno.readTextFile(join(scratch, file))));
    for (const name of binaries.filter((name) => texts.some((text) => text.includes(basename(name))))) {
      await Deno.copyFile(join(scratch, folder, name), join(target, name));
    }
  }
}
