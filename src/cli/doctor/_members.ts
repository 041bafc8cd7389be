/** Which members and relays were reached. */
import type { Knocked, Knocks, Unreached } from "../../mesh/connections/knock.ts";
import { type Finding, findingsOf } from "./finding.ts";

const OPEN =
  "let this machine call it (firewall, VPN), ask its administrator whether it runs, or give a relay (mesh.relays)";

const reasonsOf = (failed: readonly Unreached[]) =>
  failed.map(({ address, reason }) => `${address}: ${reason}`).join("; ");

/**
 * A finding for each member, and for addresses at which none answered.
 *
 * @param nameOf how people call a member, by its peer id
 */
export function memberFindings({ members, unanswered }: Knocks, nameOf: (peer: string) => string): Finding[] {
  const { ok, note, warning } = findingsOf("members");
  if (members.length === 0) {
    return [
      warning(
        "there is no other member yet",
        "have the other sites admitted to the charter, or list them under mesh.members",
      ),
    ];
  }
  const found = members.map(({ peer, way, address, failed }) => {
    const name = nameOf(peer);
    if (way === "direct") return ok(`${name} is reached directly, at ${address}`);
    if (way === "relay") return note(`${name} is reached through a relay only, ${address}`);
    if (failed.length > 0) return warning(`${name} is not reached: ${reasonsOf(failed)}`, OPEN);
    return warning(
      `${name} is not reached: no address of it is known`,
      "write one of its addresses, or another member's, under mesh.bootstrap",
    );
  });
  for (const { address, reason } of unanswered) {
    found.push(warning(`mesh.bootstrap names ${address}, where no member answers: ${reason}`, OPEN));
  }
  return found;
}

/** A finding for each configured relay. */
export function relayFindings(relays: readonly Knocked[]): Finding[] {
  const { ok, note, warning } = findingsOf("relays");
  if (relays.length === 0) return [note("none is configured, which is fine where members reach each other directly")];
  return relays.map(({ peer, way, address, failed }) =>
    way === "none"
      ? warning(
        `the relay ${peer} is not reached: ${reasonsOf(failed)}`,
        "start it (deno task relay), or mend its address under mesh.relays",
      )
      : ok(`the relay ${peer} is reached at ${address}`)
  );
}
