/**
 * Sites with a whole peer's configuration and trainer each; the mesh of each is never started.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../core/errors.ts";
import type { PeerSplit } from "../data/splits.ts";
import { parseConfiguration, type PeerConfiguration } from "../peer/configuration.ts";
import type { MethodPlan } from "../planning/network.ts";
import { checkSite, openSite } from "../peer/site_data.ts";
import { Trainer } from "../peer/trainer.ts";
import type { TrainerOpened } from "../peer/trainer_api.ts";

/** Options of {@linkcode configureSites}. */
export interface ConfigureSitesOptions {
  /** The dataset's folder. */
  data: string;
  /** Each site keeps its state in a folder of its own in it. */
  directory: string;
  /** Spacing, patch and pooling, the same at all sites. */
  plan: MethodPlan;
  /** Of the network. */
  levels: number;
  /** Of all weights and draws. */
  seed: number;
  /** Of pre-training. */
  rounds: number;
  /** Steps that a site trains between two averagings. */
  stepsPerRound: number;
  /** What else a configuration says, the same at all sites. */
  settings: Readonly<Record<string, unknown>>;
}

/** Somebody who is never called. */
const NOBODY = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

/** The sites' configurations as a peer reads them: "site-1" and so on, one thread each. */
export function configureSites(splits: readonly PeerSplit[], options: ConfigureSitesOptions): PeerConfiguration[] {
  const { data: directory, plan: { spacing, patch, pool }, levels, seed, rounds, stepsPerRound, settings } = options;
  return splits.map((split, index) => {
    const name = `site-${index + 1}`;
    const value = {
      ...{ name, seed, stateDirectory: "state", outputDirectory: "results" },
      engine: { name: "wasm", threads: 1 },
      data: { directory, spacing, split, ahead: 0 },
      network: { levels, patch, pool },
      schedule: { rounds, stepsPerRound },
      mesh: { consortium: "in turns", members: [NOBODY] },
      ...settings,
    };
    return parseConfiguration(value, name, join(options.directory, name));
  });
}

/**
 * Checks the data of all sites, before the first is opened; what is suspicious goes to standard error.
 *
 * @throws {UserError} as {@linkcode checkSite}, or if a site has nothing to fine-tune with or to test on.
 */
export async function checkSites(configurations: readonly PeerConfiguration[]): Promise<void> {
  const warnings = new Set<string>();
  for (const configuration of configurations) {
    const site = await openSite(configuration);
    for (const use of ["labelled", "test"] as const) {
      if (site.references[use].length > 0) continue;
      throw new UserError(`opening the data: every site of a study needs at least one ${use} case`, {
        where: `${configuration.data.directory}, ${configuration.name}`,
      });
    }
    for (const warning of await checkSite(site, configuration)) warnings.add(warning);
  }
  for (const warning of warnings) console.error(`warning: ${warning}`);
}

/** A site that is open. */
export interface PeerSite {
  /** Its own. */
  readonly configuration: PeerConfiguration;
  /** Opened, on this thread. */
  readonly trainer: Trainer;
  /** What the trainer said of itself when it was opened. */
  readonly opened: TrainerOpened;
}

/** Opens one: prepares its cases and makes its network. */
export async function openPeerSite(configuration: PeerConfiguration): Promise<PeerSite> {
  const trainer = new Trainer();
  await Deno.mkdir(configuration.stateDirectory, { recursive: true });
  return { configuration, trainer, opened: await trainer.open(configuration, console.error) };
}
