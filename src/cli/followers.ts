/** Who gets a peer's events: what people watch, and what its configuration has besides. */
import { type Live, startLive } from "../live/live.ts";
import type { PeerConfiguration } from "../peer/configuration.ts";
import type { PeerEvent, PeerEventBody } from "../peer/events.ts";
import type { Standing } from "../peer/standing.ts";
import { followCurves } from "../telemetry/curves/curves.ts";
import type { Follower } from "../telemetry/follower.ts";
import { followWithLog } from "../telemetry/log/log_file.ts";
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
    followers.push(followWithLog({ settings, lines, note, warn }));
  }
  if (records.curves) followers.push(followCurves({ outputDirectory, warn }));
  if (isTraced()) followers.push(await followWithSpans());
  let watch: Followed["watch"];
  if (web) {
    const metrics = followWithMetrics({ name, stateDirectory });
    const live: Live = startLive({ name, web }, {
      warn,
      routes: {
        "/metrics": {
          async answer() {
            const { contentType: type, text: body } = await metrics.expose(live.standing());
            return { type, body };
          },
        },
      },
    });
    followers.push(live, metrics);
    watch = live.watch;
    note(`live page at ${live.url}`);
  }
  return { emit, ...(watch && { watch }), close: () => followers.forEach((follower) => follower.close()) };
}
