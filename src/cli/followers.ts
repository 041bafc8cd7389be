/** Who gets a peer's events: what people watch, and what its configuration has besides. */
import { type Live, startLive } from "../live/live.ts";
import type { MeshOptions } from "../mesh/options.ts";
import type { PeerConfiguration } from "../peer/configuration.ts";
import type { PeerEvent, PeerEventBody } from "../peer/events.ts";
import type { Standing } from "../peer/standing.ts";
import { followCurves } from "../telemetry/curves/curves.ts";
import type { Follower } from "../telemetry/follower.ts";
import { followWithLog } from "../telemetry/log/log_file.ts";
import { libp2pFigures } from "../telemetry/metrics/libp2p.ts";
import { followWithMetrics } from "../telemetry/metrics/peer_metrics.ts";
import { followWithSpans, isTraced } from "../telemetry/traces/spans.ts";
import { createProgress } from "./progress.ts";

/** What a peer's followers follow from. */
export type FollowedConfiguration = Pick<
  PeerConfiguration,
  "name" | "stateDirectory" | "outputDirectory" | "records" | "web"
>;

/** A peer with all its followers. */
export interface Followed {
  /** Gives an event to all of them. */
  emit: (event: PeerEventBody) => void;
  /** Takes what tells where the peer stands, where one of them asks for it. */
  watch?: (standing: () => Standing) => void;
  /** Takes libp2p's own figures, where they are asked for. */
  libp2pMetrics?: MeshOptions["metrics"];
  /** No event comes any more. */
  close: () => void;
}

/**
 * Gives the events of a peer to `display` and to what its configuration names.
 *
 * @throws {UserError} if the log cannot be opened, or the live page not be served.
 */
export async function followed(
  { name, stateDirectory, outputDirectory, records, web }: FollowedConfiguration,
  display: Follower,
): Promise<Followed> {
  const followers: Follower[] = [display];
  const emit = (body: PeerEventBody) => {
    const event: PeerEvent = { ...body, peer: name, time: Date.now() };
    for (const follower of followers) follower.handle(event);
  };
  const note = (message: string) => emit({ type: "note", message });
  const warn = (message: string) => emit({ type: "warning", message });
  const { log: settings } = records;
  if (settings) {
    const lines = (write: (text: string) => void) => createProgress({ terminal: false, log: settings.format, write });
    followers.push(followWithLog({ settings, stateDirectory, lines, note, warn }));
  }
  if (records.curves) followers.push(followCurves({ outputDirectory, warn }));
  if (isTraced()) followers.push(await followWithSpans());
  let watching: Pick<Followed, "watch" | "libp2pMetrics"> = {};
  if (web) {
    const metrics = followWithMetrics({ name, stateDirectory });
    const libp2p = web.libp2p ? await libp2pFigures() : undefined;
    const live: Live = startLive({ name, web }, {
      warn,
      routes: {
        "/metrics": {
          async answer() {
            const { contentType: type, text: body } = await metrics.expose(live.standing(), libp2p?.registry);
            return { type, body };
          },
        },
      },
    });
    followers.push(live, metrics);
    watching = { watch: live.watch, ...(libp2p && { libp2pMetrics: libp2p.metrics }) };
    note(`live page at ${live.url}`);
  }
  return { emit, ...watching, close: () => followers.forEach((follower) => follower.close()) };
}
