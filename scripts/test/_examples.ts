/**
 * The examples in the documentation of the sources, as modules that share one module graph. `deno test --doc` runs the
 * same ones, each with a graph of its own; their types are checked by `deno check --doc`.
 *
 * @module
 */
import { join, relative, toFileUrl } from "@std/path";

/** An example. */
export interface Example {
  /** Where it is: "src/core/rng.ts:5". */
  readonly name: string;
  /** What it says, paths from its file made whole. */
  readonly module: string;
}

/** The blocks of `ts` in the comments of a source file; `name` is what it is called by. */
export function examplesIn(text: string, { path, name }: { path: string; name: string }): Example[] {
  const found: Example[] = [];
  let begun: { line: number; lines: string[] } | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const said = /^\s*\* ?(.*)$/.exec(line)?.[1];
    if (begun === undefined) {
      if (said === "```ts") begun = { line: i + 1, lines: [] };
    } else if (said === undefined || said === "```") {
      const url = (_: string, there: string) => JSON.stringify(new URL(there, toFileUrl(path)).href);
      const module = begun.lines.join("\n").replaceAll(/"(\.{1,2}\/[^"]*)"/g, url);
      found.push({ name: `${name}:${begun.line}`, module });
      begun = undefined;
    } else begun.lines.push(said);
  }
  return found;
}

/** The examples of all sources below `folder`, and of those beside it that are named. */
export function examplesOf(root: string, folder: string, beside: readonly string[]): Example[] {
  const below = (directory: string): string[] =>
    [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
      const path = join(directory, name);
      return isDirectory ? below(path) : name.endsWith(".ts") ? [path] : [];
    });
  const paths = [...beside.map((name) => join(root, name)), ...below(join(root, folder)).sort()];
  return paths.flatMap((path) => examplesIn(Deno.readTextFileSync(path), { path, name: relative(root, path) }));
}

/** The module that runs each example as a test; writes the examples to `directory`, which must be there. */
export function writeExamples(examples: readonly Example[], directory: string): string {
  return examples.map(({ name, module }, i) => {
    const path = join(directory, `example_${i}.ts`);
    Deno.writeTextFileSync(path, module);
    const title = JSON.stringify(`the example of ${name}`);
    return `Deno.test(${title}, async () => void await import(${JSON.stringify(toFileUrl(path).href)}));\n`;
  }).join("");
}
