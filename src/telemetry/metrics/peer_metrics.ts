/** The metrics of one peer, from its first event to its last. */
import type { Registry } from "prom-client";
import type { Standing } from "../../peer/standing.ts";
import type { Follower } from "../follower.ts";
import { expose, type Exposition } from "./expose.ts";
import { diskFigures, processFigures } from "./figures.ts";
import { Tally } from "./tally.ts";

/** What {@linkcode followWithMetrics} needs to know. */
export interface PeerMetricsOptions {
  /** The site's name. */
  name: string;
  /** The folder of state, of whose checkpoints is told. */
  stateDirectory: string;
}

/** Metrics that are kept. */
export interface PeerMetrics extends Follower {
  /** What they are now, as Prometheus reads them; `more` are metrics of others. */
  expose(standing: Standing | undefined, more?: Registry): Promise<Exposition>;
}

/** Keeps the metrics of a peer. */
export function followWithMetrics({ name: site, stateDirectory }: PeerMetricsOptions): PeerMetrics {
  const tally = new Tally();
  return {
    handle: (event) => tally.note(event),
    close() {},
    async expose(standing, more) {
      const disk = await diskFigures(stateDirectory);
      return await expose({ site, tally, ...(standing && { standing }), process: processFigures(), disk }, more);
    },
  };
}
