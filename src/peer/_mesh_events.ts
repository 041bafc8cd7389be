/** What the mesh tells, as events of the peer. */
import { UserError } from "../core/errors.ts";
import { formatDuration } from "../display/formats/duration.ts";
import { formatTime } from "../display/formats/time.ts";
import { refusalKind } from "../mesh/admission/refusal_kind.ts";
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
      return {
        type: "member",
        remote: event.peer,
        state: "refused",
        reason: event.reason,
        kind: refusalKind(event.reason),
      };
    case "exchange": {
      const { peer: remote, round, initiator, bytes, milliseconds } = event;
      return { type: "exchange", remote, round, initiator, bytes, milliseconds };
    }
    case "exchange-failed":
      return { type: "exchange-failed", remote: event.peer, reason: event.reason };
    case "split":
      return { type: "split", missing: [...event.missing] };
    case "healed":
      return { type: "healed", peers: [...event.peers] };
    case "key-twice":
    case "key-elsewhere":
      return { type: "warning", message: secondProcessText(event) };
    case "paused":
      return { type: "warning", message: pausedText(event) };
    case "charter":
      return { type: "note", message: charterText(event) };
    case "warning":
    case "charter-fork":
      return { type: "warning", message: event.peer ? `${event.peer}: ${event.message}` : event.message };
    default:
      return undefined;
  }
}

type Of<T extends MeshEvent["type"]> = Extract<MeshEvent, { type: T }>;

const started = ({ epoch }: { epoch: number }) => `a process started ${formatTime(new Date(epoch).toISOString())}`;

function secondProcessText(event: Of<"key-twice" | "key-elsewhere">): string {
  const { type, peer, elsewhere, from } = event;
  const where = from === undefined ? "" : ` from ${from.replace(/\/p2p\/[^/]+$/, "")}`;
  if (type === "key-twice") {
    const calls = from === undefined ? "" : ` and calls${where}`;
    return `${peer}: its key is in use at two places at once; ${started(elsewhere)}${calls}, is turned away: ` +
      "its administrator should know";
  }
  return `this site's key is in use at another place, too: ${started(elsewhere)} has called ${peer}${where} and was ` +
    "turned away; if nobody of this site started it, the key was copied and must be revoked";
}

/** Why a peer ends whose key another process has that was there first. */
export function keyInUse({ peer, here }: Of<"key-in-use">, self: string): UserError {
  const rule =
    `joining the mesh: this key is in use at another place: ${started(here)} answers there, as ${peer} has ` +
    "found; end one of the two, or give this site a key of its own. Nothing is lost: what is done stays in the state folder";
  return new UserError(rule, { where: self });
}

function pausedText({ peer, reason, duration }: Of<"paused">): string {
  return `${peer}: nothing is taken of it nor given to it for the next ${formatDuration(duration / 1000)}: ${reason}`;
}

function charterText({ version, added, removed }: Extract<MeshEvent, { type: "charter" }>): string {
  const changes = Object.entries({ added, removed })
    .flatMap(([what, peers]) => peers.length > 0 ? [`, ${what} ${peers.join(", ")}`] : []);
  return `version ${version} of the charter is in force${changes.join("")}`;
}
