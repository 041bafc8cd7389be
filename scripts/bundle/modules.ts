/**
 * Which packages the project's files import when they run, by Deno's own module graph.
 *
 * @module
 */
import { join, toFileUrl } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { execute } from "../engine_tensorflow/execute.ts";

/** The part of `deno info --json` that is read here. */
interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    /** `code` is absent where only types are imported. */
    readonly dependencies?: readonly { readonly specifier: string; readonly code?: unknown }[];
  }[];
}

/** What `files` need. */
export interface Needs {
  /** The names under which packages are imported, sorted. */
  readonly packages: readonly string[];
  /** Every file of the project, relative to it, sorted. */
  readonly files: readonly string[];
}

/** The needs that stand in a graph of modules. @param root the project's folder, as a URL that ends in a slash */
export function needsIn(graph: Graph, root: string): Needs {
  const own = graph.modules.filter(({ specifier }) => specifier.startsWith(root));
  const imported = own.flatMap(({ dependencies = [] }) =>
    dependencies.filter(({ code }) => code !== undefined).map(({ specifier }) => specifier)
  );
  const packages = imported.filter((specifier) => !/^(\.|\w+:)/.test(specifier));
  return {
    packages: [...new Set(packages)].toSorted(),
    files: own.map(({ specifier }) => specifier.slice(root.length)).toSorted(),
  };
}

/**
 * What `files` of the project in `root` import, those that are loaded later among it.
 *
 * @param scratch a folder that may be written to
 * @throws {UserError} if Deno cannot tell
 */
export async function findNeeds(root: string, files: readonly string[], scratch: string): Promise<Needs> {
  const entry = join(scratch, "graph.ts");
  await Deno.writeTextFile(entry, files.map((file) => `import "${toFileUrl(join(root, file))}";\n`).join(""));
  const { ok, stdout, stderr } = await execute(
    [Deno.execPath(), "info", "--json", "--no-lock", "--config", join(root, "deno.json"), entry],
  );
  if (!ok) throw new UserError(`making the bundle: deno info must list the modules: ${stderr.split("\n").at(-1)}`);
  return needsIn(JSON.parse(stdout) as Graph, `${toFileUrl(root)}/`);
}
