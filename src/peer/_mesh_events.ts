/** What the mesh tells, as events of the peer. */
import type { MeshEvent } from "../mesh/events.ts";
import type { PeerEventBody } from "./events.ts";

/** The peer's event for one of the mesh; undefined for what is not told one by one. */
export function peerEvent(event: MeshEvent): PeerEventBody | undefined {
  switch (event.type) {
    case "peer-joined":
      return { type: "member", remote: event.peer, state: "joined" };
    case "peer-left":
      return { type: "member", remote: event.peer, state: "left" };
    case "peer-refused":
      return { type: "member", remote: event.peer, state: "refused", reason: event.reason };
    case "split":
      return { type: "split", missing: [...event.missing] };
    case "healed":
      return { type: "healed", peers: [...event.peers] };
    case "charter":
      return { type: "warning", message: charterText(event) };
    case "warning":
    case "charter-fork":
      return { type: "warning", message: event.peer ? `${event.peer}: ${event.message}` : event.message };
    default:
      return undefined;
  }
}

function charterText({ version, added, removed }: Extract<MeshEvent, { type: "charter" }>): string {
  const changes = Object.entries({ added, removed })
    .flatMap(([what, peers]) => peers.length > 0 ? [`, ${what} ${peers.join(", ")}`] : []);
  return `version ${version} of the charter is in force${changes.join("")}`;
}
