/** What `--version` says. */
import deno from "../../../deno.json" with { type: "json" };
import { WIRE_VERSION } from "../../mesh/protocols/frame.ts";

/** One line: sites of one run must have the same wire version. */
export function versionLine(): string {
  return `syncytium ${deno.version}, wire version ${WIRE_VERSION}, Deno ${Deno.version.deno}`;
}
