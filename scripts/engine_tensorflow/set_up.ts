/**
 * Tries the ways to a working addon, best first, and writes down the one that worked.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { messageOf, UserError } from "../../src/core/errors.ts";
import {
  type Installation,
  type PackageName,
  writeInstallation,
} from "../../src/engine/kernels/tensorflow/installation.ts";
import { compileAddon, findCompiler } from "./compile.ts";
import { execute, reasonIn } from "./execute.ts";
import { runInstaller } from "./installer.ts";
import { fetchLibrary, findLibrary } from "./library.ts";
import { choosePackage, planRoutes, type RouteName, routeNames } from "./plan.ts";
import type { Probe } from "./probe.ts";

/** Options of {@linkcode setUp}. */
export interface SetUpOptions {
  /** Where everything goes. */
  readonly folder: string;
  /** Whether it shall compute on CUDA. */
  readonly cuda: boolean;
  /** The TensorFlow to build against; without it, the ways are tried one after another. */
  readonly library?: string;
  /** Told each step. */
  readonly say: (line: string) => void;
}

/** What a way needs to know. */
interface Task extends SetUpOptions {
  readonly packageName: PackageName;
  /** The folder of this way. */
  readonly folder: string;
}

/** Each way gives the path of an addon, or throws the reason why not. */
const routes: Readonly<Record<RouteName, { readonly title: string; attempt(task: Task): Promise<string> }>> = {
  installer: {
    title: "the package's own installer",
    attempt: ({ packageName, folder }) => runInstaller(packageName, folder),
  },
  machine: {
    title: "the package's source, built against a TensorFlow of this machine",
    async attempt({ packageName, folder, library: named, say }) {
      const compiler = await findCompiler();
      const library = await findLibrary(named);
      say(`  found ${library.files[0]}`);
      return await build({ compiler, packageName, folder, library, say });
    },
  },
  pypi: {
    title: "the package's source, built against PyPI's TensorFlow",
    async attempt({ packageName, folder, cuda, say }) {
      const compiler = await findCompiler(); // before anything is downloaded
      const library = await fetchLibrary({ target: folder, cuda });
      say(`  unpacked ${library.files[0]}`);
      return await build({ compiler, packageName, folder, library, searchPath: "$ORIGIN/tensorflow", say });
    },
  },
};

/**
 * Sets the engine up in `folder`.
 *
 * @throws {UserError} with every way's reason if none worked.
 */
export async function setUp(options: SetUpOptions): Promise<Installation> {
  const { folder, cuda, library, say } = options;
  const packageName = choosePackage(cuda);
  say(`setting up ${packageName} in ${folder}`);
  await Promise.all(routeNames.map((name) => discard(join(folder, name))));
  const names = planRoutes({ os: Deno.build.os, library });
  const { name: taken, ...found } = await firstThatServes(names, { cuda, say }, async (name) => {
    const addon = await routes[name].attempt({ ...options, packageName, folder: join(folder, name) });
    return { addon, ...await probeAddon(addon) };
  });
  await Promise.all(routeNames.filter((name) => name !== taken).map((name) => discard(join(folder, name))));
  const installation = { packageName, ...found };
  await writeInstallation(folder, installation);
  return installation;
}

/** An addon that loads. */
export interface Found extends Probe {
  readonly addon: string;
}

/**
 * Tries the ways one after another, until one gives an addon that loads. Where CUDA is wanted, one that loads but finds
 * no CUDA device is kept in reserve while the others are tried.
 *
 * @throws {UserError} with every way's reason if none worked.
 */
export async function firstThatServes(
  names: readonly RouteName[],
  { cuda, say }: Pick<SetUpOptions, "cuda" | "say">,
  attempt: (name: RouteName) => Promise<Found>,
): Promise<Found & { readonly name: RouteName }> {
  const failures: string[] = [];
  let reserve: Found & { readonly name: RouteName } | undefined;
  for (const [index, name] of names.entries()) {
    const { title } = routes[name];
    say(`${index + 1}/${names.length} ${title}`);
    try {
      const found = { name, ...await attempt(name) };
      say(`  it loads: TensorFlow ${found.version}, ${found.cuda ? "with" : "without"} a CUDA device`);
      if (found.cuda || !cuda) return found;
      reserve ??= found;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(`${title}: ${messageOf(error)}`);
      say(`  not so: ${messageOf(error)}`);
    }
  }
  if (!reserve) throw new UserError(`setting up the tensorflow engine: no way worked: ${failures.join("; ")}`);
  say("no way found the CUDA device: the engine will compute on the processor");
  return reserve;
}

async function build(
  { folder, say, ...options }: Omit<Parameters<typeof compileAddon>[0], "output"> & Pick<Task, "folder" | "say">,
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const output = join(folder, "tfjs_binding.node");
  say(`  compiling the addon of ${options.packageName}`);
  await compileAddon({ ...options, output });
  return output;
}

/** What the addon is, found out in a process of its own. */
async function probeAddon(addon: string): Promise<Probe> {
  const script = fromFileUrl(new URL("./probe.ts", import.meta.url));
  const { ok, stdout, stderr } = await execute(
    [Deno.execPath(), "run", "--no-prompt", "--no-lock", "--allow-ffi", "--allow-read", "--allow-env", script, addon],
    { env: { TF_CPP_MIN_LOG_LEVEL: "2" } },
  );
  if (!ok) throw new UserError(reasonIn(stderr));
  return JSON.parse(stdout);
}

async function discard(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
