/** Whole trainings on networks that hospitals have: what their tests share. */
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { type CertificateFiles, makeCertificate, whyNoOpenssl } from "../_certificates.ts";
import { changeConfiguration, makeConsortium, withDirectory } from "./_consortium.ts";
import { makeStates } from "./fixtures/mesh_process.ts";
import { type Network, whyNoNamespaces } from "./fixtures/network.ts";
import { whyNoProxies } from "./fixtures/proxies.ts";
import { RelayProcess } from "./fixtures/relay_process.ts";

/** Why this machine has no networks of a test's own. */
export const noNamespaces = await whyNoNamespaces();
/** Why it has no proxies in them. */
export const noProxies = noNamespaces ?? await whyNoProxies() ?? await whyNoOpenssl();
/** Why what takes minutes is left out. */
export const byNight = Deno.env.get("SYNCYTIUM_NIGHTLY") ? undefined : "deno task nightly runs it";

/** A test that is left out, with the reason in its name, where the machine lacks something. */
export function testWhere(missing: string | undefined, name: string, fn: (directory: string) => Promise<void>): void {
  Deno.test({
    name: missing ? `${name} (skipped: ${missing})` : name,
    ignore: missing !== undefined,
    fn: () =>
      withDirectory(async (directory) => {
        await Deno.chmod(directory, 0o755); // squid gives the rights of root away
        await fn(directory);
      }),
  });
}

/** Sites that listen nowhere, know of nobody but the relay, if there is one, and begin when they have met. */
export async function makeSites(
  directory: string,
  relay: string | undefined,
  mesh: object,
  rounds: number,
  count = 2,
): Promise<WrittenSite[]> {
  const sites = await makeConsortium(directory, count, { schedule: { rounds, stepsPerRound: 2, exchanges: 1 } });
  const relays = relay === undefined ? [] : [relay];
  for (const site of sites) {
    await changeConfiguration(site, { mesh: { listen: [], bootstrap: [], mdns: false, relays, quorum: 1, ...mesh } });
  }
  return sites;
}

/** Addresses of names that only proxies resolve. */
export const HOSTS = { "relay.example": "11.0.1.2" };

/** A relay on secure websockets at the network's site `relay`, which is called by its name in {@linkcode HOSTS}. */
export async function startSecureRelay(
  directory: string,
  { network, authority }: { network: Network; authority: CertificateFiles },
): Promise<AsyncDisposable & { address: string }> {
  await using stack = new AsyncDisposableStack();
  const states = stack.use(await makeStates(["relay"]));
  const { certificate, key } = await makeCertificate("relay", {
    ...{ folder: directory, by: authority, names: ["DNS:relay.example"] },
  });
  const address = "/dns4/relay.example/tcp/443/wss";
  const flags = ["--listen=/ip4/11.0.1.2/tcp/443/wss", `--announce=${address}`];
  const tls = [`--certificate=${certificate}`, `--key=${key}`];
  const relay = stack.use(new RelayProcess(states.directory.relay, [...flags, ...tls], network.at("relay")));
  await relay.address();
  const moved = stack.move();
  return { address: `${address}/p2p/${states.peer.relay}`, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
