/**
 * A command that is several: `charter join`, `charter show`, …
 *
 * @module
 */
import { UsageError } from "../command.ts";
import { capitalised, columns } from "./_help.ts";
import { suggestion } from "./_nearest.ts";
import { versionLine } from "./_version.ts";
import { type Command, runMain } from "./command.ts";

/** What {@linkcode defineGroup} takes. */
export interface GroupDefinition {
  /** As it is called after `deno task`. */
  name: string;
  /** In a line. */
  does: string;
  /** Each named "GROUP NAME". */
  commands: readonly Pick<Command, "name" | "does" | "run">[];
}

/** A command whose first argument names one of its commands. */
export type Group = Pick<Command, "name" | "does" | "run" | "main">;

/** Makes a command of several. */
export function defineGroup({ name, does, commands }: GroupDefinition): Group {
  const byName = new Map(commands.map((command) => [command.name.slice(name.length + 1), command]));
  const usage = `${name} COMMAND … (${name} COMMAND --help says more)`;
  const known = [...byName.keys()];
  const group: Group = {
    name,
    does,
    async run([first, ...args]) {
      if (first === undefined || first === "--help" || first === "-h") {
        const rows = [...byName].map(([each, { does }]) => [each, does] as const);
        console.log([`usage: deno task ${usage}`, "", capitalised(does), "", ...columns(rows)].join("\n"));
        if (first === undefined) throw new UsageError(`the command must be one of ${known.join(", ")}, got none`);
        return;
      }
      if (first === "--version") return console.log(versionLine());
      const command = byName.get(first);
      if (command === undefined) {
        const rule = `the command must be one of ${known.join(", ")}, got ${first}`;
        throw new UsageError(`${rule}${suggestion(first, [...known, "--help", "--version"])}; usage: ${usage}`);
      }
      await command.run(args);
    },
    main: () => runMain(group),
  };
  return group;
}
