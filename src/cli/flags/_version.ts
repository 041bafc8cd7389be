/** What `--version` says. */
import deno from "../../../deno.json" with { type: "json" };
import { WIRE_VERSION } from "../../mesh/protocols/frame.ts";

/** The oldest Deno with which it was tried; some of what is used is not in others. */
const LEAST = [2, 9] as const;

/** Why this Deno cannot run it, and what helps; undefined where it can. @param version such as "2.9.6" */
export function versionFault(version: string): string | undefined {
  const [major, minor] = version.split(".").map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return undefined;
  return `starting: Deno must be ${
    LEAST.join(".")
  } or later, this is ${version}; deno upgrade brings it, or npx --yes deno@2.9.6`;
}

/** One line: sites of one run must have the same wire version. */
export function versionLine(): string {
  return `syncytium ${deno.version}, wire version ${WIRE_VERSION}, Deno ${Deno.version.deno}`;
}
