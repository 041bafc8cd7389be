/**
 * A relay for hospitals that cannot call each other: `deno run <permissions> peers/relay.ts --state DIR`.
 *
 * It is no member of anything, needs no data, and cannot read what it carries. The addresses that it prints go under
 * `mesh.relays` of the sites. SIGINT and SIGTERM end it cleanly.
 */
import "../src/cli/environment.ts";
import { UsageError } from "../src/cli/command.ts";
import { defineCommand, integer, list, needed, number, path, text, withDefault } from "../src/cli/flags/mod.ts";
import { interruption } from "../src/cli/interruption.ts";
import { lockFolder } from "../src/core/lock.ts";
import { loadIdentity, startRelay } from "../src/mesh/mod.ts";

const LISTEN = ["/ip4/0.0.0.0/tcp/4001", "/ip4/0.0.0.0/tcp/4002/ws"];

const upwards = (value: number | undefined) => value === undefined ? undefined : Math.ceil(value);

/** The command. */
export const relay = defineCommand({
  name: "relay",
  does: "a relay for sites that cannot call each other; it cannot read what it carries",
  flags: {
    state: needed(path("DIR", "where the relay's key is kept; made at the first start")),
    listen: withDefault(list(text("ADDRESSES", "multiaddresses, with commas")), LISTEN),
    quic: integer("PORT", "UDP port on which to listen over QUIC, so that sites behind NATs may meet directly", {
      from: 0,
      to: 65_535,
    }),
    certificate: path(
      "FILE",
      "PEM, for addresses to listen on that end in /wss: the host's own first, then who signed it",
    ),
    key: path("FILE", "the certificate's private key, PEM, without a password"),
    announce: list(text("ADDRESSES", "further ones at which sites reach it, such as /dns4/relay.example/tcp/443/wss")),
    peers: { ...list(text("IDS", "the peer ids that may have a slot, with commas")), shown: "everybody" },
    slots: { ...number("N", "peers that may have a slot at a time", { above: 0, to: 10_000 }), shown: "128" },
    gibibytes: {
      ...number("N", "of one relayed connection, after which it is cut and called again", { above: 0, to: 1e6 }),
      shown: "16",
    },
    hours: { ...number("N", "of one relayed connection, likewise", { above: 0, to: 24 * 24 }), shown: "24" },
  },
  example: "--state relay --announce /dns4/relay.example/tcp/443/wss",
  async run({ flags: { state, listen, quic, certificate, key, announce, peers, slots, gibibytes, hours } }) {
    if ((certificate === undefined) !== (key === undefined)) {
      throw new UsageError("--certificate and --key must be given together");
    }
    using lock = await lockFolder(state, { doing: "starting the relay", what: "--state", by: "relay", mode: 0o700 });
    if (lock.warning) console.error(lock.warning);
    using interrupted = interruption();
    const ended = new Promise((resolve) => interrupted.signal.addEventListener("abort", resolve));
    const relay = await startRelay({
      identity: await loadIdentity(state),
      listen,
      quic,
      ...(certificate !== undefined && key !== undefined && { tls: { certificate, key } }),
      warn: console.error,
      announce,
      peers,
      reservations: upwards(slots),
      bytes: upwards(gibibytes && gibibytes * 2 ** 30),
      duration: upwards(hours && hours * 3_600_000),
    });
    for (const address of relay.addresses()) console.log(address);
    await ended;
    await relay.stop();
  },
});

if (import.meta.main) await relay.main();
