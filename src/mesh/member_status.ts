/** Where the members are, as far as this peer's connections tell, and what they did wrong. */
import type { MemberStatus } from "./events.ts";
import { world } from "../core/world.ts";
import type { Conduct } from "./admission/conduct.ts";
import type { Connections } from "./connections/connections.ts";

/** All members, present or not. */
export function memberStatuses(
  { admission, finding, node }: Pick<Connections, "admission" | "finding" | "node">,
  conduct: Pick<Conduct, "of">,
): MemberStatus[] {
  const connected = new Set(node.getPeers().map(String));
  return admission.members().map((peer) => {
    const connection = admission.connectionTo(peer);
    const admitted = connection !== undefined;
    const lastSeen = admitted ? world.now() : finding.book.get(peer)?.lastSeen;
    const direct = connection?.direct === true;
    const failures = finding.configured.dials.failuresOf(peer).map(({ address, reason }) => ({ address, reason }));
    const unreached = failures.length > 0 && { unreached: failures };
    const record = conduct.of(peer);
    return {
      ...{ peer, connected: connected.has(peer), admitted, direct, lastSeen, ...unreached },
      ...(record && { conduct: record }),
    };
  });
}
