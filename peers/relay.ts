/**
 * A relay for hospitals that cannot call each other: `deno run <permissions> peers/relay.ts --state DIR`.
 *
 * It is no member of anything, needs no data, and cannot read what it carries. The addresses that it prints go under
 * `mesh.relays` of the sites. SIGINT and SIGTERM end it cleanly.
 */
import { EXIT, parseFlags, runCommand, UsageError } from "../src/cli/command.ts";
import { loadIdentity, startRelay } from "../src/mesh/mod.ts";

const USAGE =
  "relay.ts --state DIR [--listen ADDRESSES] [--announce ADDRESSES] [--peers IDS] [--slots N] [--gibibytes N] [--hours N]";

const HELP = [
  "  --state DIR           where the relay's key is kept; made at the first start",
  "  --listen ADDRESSES    multiaddresses, separated by commas (/ip4/0.0.0.0/tcp/4001,/ip4/0.0.0.0/tcp/4002/ws)",
  "  --announce ADDRESSES  further ones at which sites reach it, such as /dns4/relay.example/tcp/443/wss",
  "  --peers IDS           the peer ids that may have a slot, separated by commas (everybody)",
  "  --slots N             peers that may have a slot at a time (128)",
  "  --gibibytes N         of one relayed connection, after which it is cut and called again (16)",
  "  --hours N             of one relayed connection, likewise (24)",
];

/** Resolves with the first SIGINT or SIGTERM. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => resolve());
  });
}

await runCommand(async () => {
  const { flags } = parseFlags(Deno.args, {
    usage: USAGE,
    help: HELP,
    string: ["state", "listen", "announce", "peers", "slots", "gibibytes", "hours"],
  });
  const list = (name: string) => flags[name] === undefined ? undefined : String(flags[name]).split(",");
  const number = (name: string, most: number) => {
    if (flags[name] === undefined) return undefined;
    const value = Number(flags[name]);
    if (value > 0 && value <= most) return value;
    throw new UsageError(`the flag --${name} must be above 0 and at most ${most}, got ${flags[name]}; usage: ${USAGE}`);
  };
  if (typeof flags.state !== "string") throw new UsageError(`the flag --state is needed; usage: ${USAGE}`);
  const [slots, gibibytes, hours] = [number("slots", 10_000), number("gibibytes", 1e6), number("hours", 24 * 24)];
  const interrupted = interruption();
  const relay = await startRelay({
    identity: await loadIdentity(flags.state),
    listen: list("listen") ?? ["/ip4/0.0.0.0/tcp/4001", "/ip4/0.0.0.0/tcp/4002/ws"],
    announce: list("announce"),
    peers: list("peers"),
    reservations: slots === undefined ? undefined : Math.ceil(slots),
    bytes: gibibytes === undefined ? undefined : Math.ceil(gibibytes * 2 ** 30),
    duration: hours === undefined ? undefined : Math.ceil(hours * 3_600_000),
  });
  for (const address of relay.addresses()) console.log(address);
  await interrupted;
  await relay.stop();
  // A dependency's BroadcastChannel would keep the process alive.
  Deno.exit(EXIT.ok);
});
