/**
 * What becomes of the tasks of deno.json in a bundle: they are its commands, with the permissions that they have there.
 *
 * @module
 */

/** A task of deno.json. */
export interface Task {
  readonly description: string;
  readonly command: string;
}

/** Tasks by name, in their order. */
export type Tasks = Readonly<Record<string, Task>>;

/** The parts of deno.json that a bundle is made of. */
export interface Configuration {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Tasks;
}

/** What only a bundle has: the suite that every engine must pass, on the wasm engine, which is everywhere. */
const SELF_TEST: Task = {
  description:
    "Try it: whether the wasm engine computes rightly on this machine: the suite that every engine must pass",
  command: "deno test --quiet --no-check --no-prompt --allow-read --allow-env --allow-sys --allow-ffi " +
    "--filter=/^wasm/ tests/engine/ops/contract_test.ts",
};

/**
 * The tasks that a bundle has: all that run a program of the project, but those for who edits it, and those that fetch
 * packages that are not in the lock file.
 */
export function carriedTasks(tasks: Tasks): Tasks {
  const carried = Object.entries(tasks).filter(([, { description, command }]) =>
    /^(\w+=\S+ )*deno run /.test(command) && !description.startsWith("Develop:") && !command.includes(" --no-lock ")
  );
  return Object.fromEntries([...carried, ["self-test", SELF_TEST]]);
}

/**
 * The deno.json of a bundle.
 *
 * @param imports the packages' files by the names under which the project imports them
 */
export function bundleConfiguration(configuration: Configuration, imports: Readonly<Record<string, string>>): string {
  const { publish: _publish, allowScripts: _allowScripts, ...kept } = configuration as
    & Configuration
    & Readonly<Record<string, unknown>>;
  const changed = { nodeModulesDir: "manual", imports, tasks: carriedTasks(configuration.tasks) };
  return `${JSON.stringify({ ...kept, ...changed }, undefined, 2)}\n`;
}

/** What the launcher says without a command: its commands in the groups of their descriptions. */
export function usageText(tasks: Tasks, version: string): string {
  const rows = Object.entries(tasks).map(([name, { description }]) => {
    const [group, does] = description.split(/: (.*)/);
    return { group, name, does };
  });
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const groups = Map.groupBy(rows, ({ group }) => group);
  return [
    version,
    "",
    "usage: ./syncytium COMMAND …; ./syncytium COMMAND --help tells more",
    ...[...groups].flatMap((
      [group, ofIt],
    ) => ["", group, ...ofIt.map(({ name, does }) => `  ${name.padEnd(width)}${does}`)]),
    "",
    "This bundle",
    `  ${"verify".padEnd(width)}whether its files are as they were bundled`,
    `  ${"--version".padEnd(width)}version, commit and what it was bundled with`,
    "",
  ].join("\n");
}

/** `text`, with the bundle's commands where it names tasks that the bundle has. */
export function nameCommands(text: string, tasks: Tasks): string {
  const names = Object.keys(tasks).map((name) => name.replaceAll(/[^\w-]/g, "\\$&")).join("|");
  // "deno task" in quotes, or before what is put in, is what the commands' help begins with
  return text.replaceAll(
    new RegExp(String.raw`deno task( --quiet)?(?= (?:(?:${names})(?![\w:-])|\$\{))|(?<=")deno task(?=")`, "g"),
    "./syncytium",
  );
}
