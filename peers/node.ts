/**
 * A peer of the mesh: `deno run <permissions> peers/node.ts --config FILE`; the README lists the permissions.
 *
 * Standard output carries progress: bars on a terminal, plain lines elsewhere, or, with `--events json`, one JSON event
 * a line. SIGINT and SIGTERM end the peer cleanly; started again, it goes on from the last finished round.
 */
import { EXIT, parseFlags, runCommand, UsageError } from "../src/cli/command.ts";
import { ENGINE_FLAGS, ENGINE_HELP, readEngineFlags } from "../src/cli/engine_flags.ts";
import { createProgress, type Progress } from "../src/cli/progress.ts";
import { readConfiguration } from "../src/peer/configuration.ts";
import type { PeerEvent, PeerEventBody } from "../src/peer/events.ts";
import { runPeer } from "../src/peer/peer.ts";

const USAGE = "node.ts --config FILE [--events json|text] [--engine NAME] [--threads N] [--adapter KIND]";

const HELP = [
  "  --config FILE       the site's configuration",
  "  --events FORMAT     text for people, or json: one event a line (text)",
  ...ENGINE_HELP,
  "The last three go before what the configuration says.",
];

/** Aborted by the first SIGINT or SIGTERM. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => controller.abort(new DOMException(`ended by ${signal}`, "AbortError")));
  }
  return controller.signal;
}

/** Where events go: JSON lines, or progress for people. */
function eventSink(format: "json" | "text"): Pick<Progress, "handle" | "close"> {
  if (format === "text") return createProgress({ terminal: Deno.stdout.isTerminal() });
  return { handle: (event: PeerEvent) => console.log(JSON.stringify(event)), close: () => {} };
}

await runCommand(async () => {
  const parsed = parseFlags(Deno.args, { usage: USAGE, help: HELP, string: ["config", "events", ...ENGINE_FLAGS] });
  const { config, events = "text" } = parsed.flags;
  if (typeof config !== "string") throw new UsageError(`the flag --config is needed; usage: ${USAGE}`);
  if (events !== "json" && events !== "text") {
    throw new UsageError(`the flag --events must be json or text, got ${events}; usage: ${USAGE}`);
  }
  const { engine: name, ...limits } = readEngineFlags(parsed, USAGE);
  const given = await readConfiguration(config);
  const configuration = { ...given, engine: { ...given.engine, ...(name && { name }), ...limits } };
  const signal = interruption();
  const sink = eventSink(events);
  const emit = (event: PeerEventBody) => sink.handle({ ...event, peer: configuration.name, time: Date.now() });
  try {
    await runPeer(configuration, { emit, signal, leaveWorker: true });
  } catch (error) {
    if (!signal.aborted) throw error;
    sink.close();
    console.error(`${configuration.name}: ${signal.reason.message}; started again, it goes on from its last round`);
    Deno.exit(EXIT.interrupted);
  } finally {
    sink.close();
  }
  // A dependency's BroadcastChannel would keep the process alive.
  Deno.exit(EXIT.ok);
});
