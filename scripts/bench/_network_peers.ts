/**
 * Processes of the mesh for `bench network`, on loopback, in folders that are removed at the end.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { createIdentity } from "../../src/mesh/envelope/identity.ts";
import type { AveragingSettings } from "../../src/mesh/averaging/settings.ts";
import { MeasuredProcess } from "./measured_process.ts";
import type { NetworkRequests, VectorOptions } from "./network_process.ts";

const PROCESS = fromFileUrl(new URL("network_process.ts", import.meta.url));

/** One started process and what it is in the mesh. */
export class NetworkPeer {
  readonly #process: MeasuredProcess;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#process = MeasuredProcess.start("a peer", [
      ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-net", "--allow-env", "--allow-read"],
      ...[`--allow-write=${directory}`, "--allow-sys=networkInterfaces", PROCESS],
    ] as [string, ...string[]]);
  }

  /** @throws {UserError} with the process's own reason. */
  ask<K extends keyof NetworkRequests>(what: K, fields: NetworkRequests[K]["fields"]) {
    return this.#process.ask<NetworkRequests[K]["answer"]>({ do: what, ...fields });
  }

  /** Joins the mesh. */
  start(members: readonly string[], options: StartOptions): Promise<{ address: string }> {
    const { vector, listen = "/ip4/127.0.0.1/tcp/0", bootstrap = [], averaging, patience } = options;
    const mesh = { members, listen: [listen], bootstrap, averaging, patience, mdns: false, consortium: "bench" };
    return this.ask("start", { options: { ...mesh, stateDirectory: this.#directory }, vector });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** How a peer joins. */
export interface StartOptions {
  vector?: VectorOptions;
  listen?: string;
  bootstrap?: readonly string[];
  averaging?: AveragingSettings;
  /** Of the mesh's; milliseconds. */
  patience?: number;
}

/** Runs `measure` with so many processes, none of them in a mesh yet. */
export async function withPeers<T>(
  count: number,
  measure: (peers: NetworkPeer[], members: string[]) => Promise<T>,
): Promise<T> {
  const top = await Deno.makeTempDir({ prefix: "syncytium-bench-" });
  const peers: NetworkPeer[] = [];
  try {
    const directories = Array.from({ length: count }, (_, i) => join(top, `${i}`));
    const identities = await Promise.all(directories.map((directory) => createIdentity(directory)));
    peers.push(...directories.map((directory) => new NetworkPeer(directory)));
    await Promise.all(peers.map((peer) => peer.ask("ready", {})));
    return await measure(peers, identities.map(({ peerId }) => peerId));
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await Deno.remove(top, { recursive: true });
  }
}

/** Starts all, each with its own options, and waits until everybody knows everybody. */
export async function joinAll(
  peers: readonly NetworkPeer[],
  members: readonly string[],
  options: (index: number) => StartOptions,
): Promise<void> {
  const { address } = await peers[0].start(members, options(0));
  const rest = peers.slice(1).map((peer, i) => peer.start(members, { bootstrap: [address], ...options(i + 1) }));
  await Promise.all(rest);
  await Promise.all(peers.map((peer) => peer.ask("joined", { members: members.length - 1 })));
}
