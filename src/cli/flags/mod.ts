/**
 * The command line of every command and script: its flags and arguments declared once, as data, from which parsing,
 * types, errors and `--help` all come.
 *
 * @example
 * ```ts
 * import { defineCommand, integer, needed, path, toggle, withDefault } from "./mod.ts";
 *
 * export const greet = defineCommand({
 *   name: "greet",
 *   does: "greets the sites of a file",
 *   arguments: { file: needed(path("FILE", "the sites, one a line")) },
 *   flags: {
 *     times: withDefault(integer("N", "how often", { from: 1, to: 9 }), 1),
 *     loud: toggle("in capitals"),
 *   },
 *   example: "sites.txt --times 2",
 *   async run({ arguments: { file }, flags: { times, loud } }) {
 *     const text = (await Deno.readTextFile(file)).repeat(times);
 *     console.log(loud ? text.toUpperCase() : text);
 *   },
 * });
 *
 * if (import.meta.main) await greet.main();
 * ```
 *
 * Underneath are `parseArgs` and the distance between words of the standard library. Two libraries were tried, and both
 * work on Deno without a permission. commander has no data to take types from (its types come from a chain of calls),
 * takes the next flag for the value of one that lacks its own, and gives an error as text only, which would have to be
 * taken apart to name flag, rule and value in one sentence with the usage. @optique/core has the types, but brings
 * 3.5 MB and a grammar of its own, and prints each error as several lines. What either would have saved is less than
 * what would have turned its sentences into ours.
 *
 * @module
 */
export { type Command, defineCommand, type Definition, type Given } from "./command.ts";
export { choice, integer, list, number, path, pattern, rest, several, text, toggle } from "./kinds.ts";
export { type Flag, type Flags, needed, type Values, withDefault } from "./flag.ts";
export { defineGroup } from "./group.ts";
export { without } from "./without.ts";
export { oneOf } from "./one_of.ts";
