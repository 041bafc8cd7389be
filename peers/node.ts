/**
 * A peer of the mesh: `deno run <permissions> peers/node.ts --config FILE`; the README lists the permissions.
 *
 * Standard output carries progress: bars on a terminal, elsewhere a log's lines with date and level, which `--log json`
 * makes JSON objects; or, with `--events json`, every event as it is. SIGINT and SIGTERM end the peer cleanly, the latter
 * with exit code 0, as services are ended; started again, it goes on from the last finished round.
 */
import "../src/cli/environment.ts";
import { resolve } from "@std/path";
import { EXIT, Interrupted } from "../src/cli/command.ts";
import { engineFlags, engineOf } from "../src/cli/flags/engine.ts";
import { choice, defineCommand, needed, path, toggle, withDefault } from "../src/cli/flags/mod.ts";
import { followed } from "../src/cli/followers.ts";
import { interruption } from "../src/cli/interruption.ts";
import { createProgress, type Progress } from "../src/cli/progress.ts";
import type { PeerEvent } from "../src/peer/events.ts";
import { runPeer } from "../src/peer/peer.ts";
import { readAnyConfiguration } from "../src/peer/planning_configuration.ts";

/** Where events go: progress for people who watch, a log's lines, or JSON for programs. */
function eventSink(events: "json" | "text", log?: "json" | "text"): Pick<Progress, "handle" | "close"> {
  const terminal = Deno.stdout.isTerminal();
  if (events === "text") return createProgress({ terminal, log: log ?? (terminal ? undefined : "text") });
  return { handle: (event: PeerEvent) => console.log(JSON.stringify(event)), close: () => {} };
}

/** Ends the process when its standard input does; a peer goes on from its last checkpoint whenever it is ended. */
async function endWithInput(): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* nothing is said there */ }
  Deno.exit(EXIT.interrupted);
}

/** The command. */
export const node = defineCommand({
  name: "node",
  does: "one site's peer: trains with the others, and goes on from its last round when it is started again",
  notes: ["--engine, --threads and --adapter override what the configuration says."],
  flags: {
    config: needed(path("FILE", "the site's configuration")),
    events: withDefault(
      choice("FORMAT", ["text", "json"], "how events are told: for people, or as one JSON object a line"),
      "text",
    ),
    log: {
      ...choice("FORMAT", ["text", "json"], "a log's lines, with date and level, or as one JSON object a line"),
      shown: "text, where standard output is no terminal",
    },
    beginAnew: toggle("move an earlier training of this site aside, and begin anew; keys and audit log stay"),
    fineTuneAnew: toggle("likewise, but of the fine-tuning only"),
    tied: toggle("end at once, as by a kill, when standard input ends: with whoever started this"),
    ...engineFlags,
  },
  example: "--config site.json",
  async run({ flags: { config, events, log, beginAnew, fineTuneAnew, tied, ...flags } }) {
    if (tied) endWithInput();
    const anew = beginAnew ? "training" : fineTuneAnew ? "fine-tuning" : undefined;
    const { engine: name, ...limits } = engineOf(flags);
    const given = await readAnyConfiguration(config);
    const configuration = { ...given, engine: { ...given.engine, ...(name && { name }), ...limits } };
    using interrupted = interruption();
    const { signal } = interrupted;
    const peer = await followed(configuration, eventSink(events, log));
    try {
      await runPeer(configuration, {
        emit: peer.emit,
        signal,
        watch: peer.watch,
        libp2pMetrics: peer.libp2pMetrics,
        leaveWorker: true,
        anew,
        startedBy: `node --config ${resolve(config)}`,
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      const told = `${configuration.name}: ${signal.reason.message}; started again, it goes on from its last round`;
      if (interrupted.by !== "SIGTERM") throw new Interrupted(told);
      console.error(told);
    } finally {
      peer.close();
    }
  },
});

if (import.meta.main) await node.main();
