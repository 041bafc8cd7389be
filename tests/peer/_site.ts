/** One site on phantoms, so small that a round takes a second or less on any engine. */
import { join } from "@std/path";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { parseConfiguration, type PeerConfiguration } from "../../src/peer/configuration.ts";
import { givePhantoms } from "../_phantoms.ts";

/** The configuration of a site below `directory`, where nothing is written; `changes` replace whole parts of it. */
export function siteIn(directory: string, changes: Record<string, unknown> = {}): PeerConfiguration {
  const settings = {
    name: "site",
    stateDirectory: join(directory, "state"),
    outputDirectory: join(directory, "results"),
    data: { directory: join(directory, "phantoms"), spacing: [8, 8, 8] },
    network: { baseFilters: 2, levels: 2, patch: [8, 8, 8], pool: [[2, 2, 2]] },
    schedule: { rounds: 3, stepsPerRound: 2, exchanges: 0 },
    pretrain: { projections: [{ maps: ["bottleneck"], locations: 8 }], negatives: 32, queue: 64, release: 16 },
    fineTune: { steps: 3 },
    mesh: {
      consortium: "test",
      members: ["12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF"],
      listen: ["/ip4/127.0.0.1/tcp/0"],
      mdns: false,
    },
  };
  return parseConfiguration({ ...settings, ...changes }, "site.json", directory);
}

/** Writes the phantoms and the keys below `directory`; `changes` replace whole parts of the settings. */
export async function makeSite(directory: string, changes: Record<string, unknown> = {}): Promise<PeerConfiguration> {
  await givePhantoms(join(directory, "phantoms"), { sites: 1, casesPerSite: 8 });
  const stateDirectory = join(directory, "state");
  await Deno.mkdir(stateDirectory);
  const { peerId } = await loadIdentity(stateDirectory);
  const mesh = { consortium: "test", members: [peerId], listen: ["/ip4/127.0.0.1/tcp/0"], mdns: false };
  return siteIn(directory, { mesh, ...changes });
}

/** Runs `test` with a folder of its own, removed afterwards. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
