/**
 * A peer's configuration: read from JSON, checked field by field, paths made absolute, frozen.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromFileUrl } from "@std/path";
 * import { readConfiguration } from "./configuration.ts";
 *
 * const configuration = await readConfiguration(fromFileUrl(import.meta.resolve("../../peers/example.json")));
 * assertEquals(configuration.mesh.consortium, "heart-2026");
 * ```
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import { UserError } from "../core/errors.ts";
import { parseSettings } from "../core/settings.ts";
import { readCommentedJson } from "../core/text_files.ts";
import { checkCombination } from "../mesh/averaging/aggregation/combination.ts";
import { checkAddresses } from "../mesh/addresses.ts";
import { requirePatchShape } from "../model/config.ts";
import { parsePretrainConfig } from "../pretraining/configuration.ts";
import type { PretrainConfig } from "../pretraining/pretrain_config.ts";
import { configurationSchema } from "../settings/configuration.ts";
import { roundsOf } from "../settings/fine_tuning.ts";
import { checkPolicy } from "../settings/policy.ts";
import type { CommonSettings } from "../settings/types.ts";
import { checkWeb } from "../settings/web.ts";
import { explained, withCharterSettings, type Written } from "./_charter_settings.ts";
import { extensionUrl, loadNamedExtensions } from "./extensions.ts";

/** Everything a peer is told; docs/configuration.md says what each field means. */
export interface PeerConfiguration extends CommonSettings {
  /** How networks are trained without labels. */
  readonly pretrain: PretrainConfig;
  /** How they are trained with labels, the rounds filled in. */
  readonly fineTune: CommonSettings["fineTune"] & { readonly rounds: number };
  /**
   * The sites' plan leaves unlabelled volumes out, whatever `fineTune.unlabelled` says, which sites still compare.
   *
   * @default false
   */
  readonly labelledOnly?: boolean;
}

/** Who belongs is said in one way, not in two that could differ. */
function checkBelonging({ charter, consortium, members }: PeerConfiguration["mesh"], where: string): void {
  const listed = Object.entries({ consortium, members }).filter(([, value]) => value !== undefined);
  if (charter === undefined ? listed.length === 2 : listed.length === 0) return;
  const doing = 'reading the configuration: "mesh" must have either "charter" or "consortium" and "members"';
  const given = [...(charter === undefined ? [] : ["charter"]), ...listed.map(([name]) => name)];
  throw new UserError(doing, { where, value: given.length > 0 ? `it has ${given.join(" and ")}` : "it has neither" });
}

/**
 * Checks `value` and fills in the defaults; relative paths are taken from `directory`. The variants that it names must
 * be registered already.
 *
 * @param where the file, for errors
 * @throws {UserError} naming the first field at fault, the rule and the value.
 */
export function parseConfiguration(value: unknown, where: string, directory: string): PeerConfiguration {
  const { $schema: _, ...settings } = parseSettings(configurationSchema, value, {
    doing: "reading the configuration",
    where,
  });
  const { stateDirectory, outputDirectory, data, network, schedule, mesh, policy, records, web } = settings;
  const { baseline, ...tuned } = settings.fineTune;
  const rounds = roundsOf(tuned);
  const fineTune = Object.freeze({ ...tuned, rounds, ...(baseline && { baseline }) }); // off is as not set, also in what sites compare
  checkBelonging(mesh, where);
  checkAddresses({ members: [], ...mesh }, { doing: "reading the configuration", where });
  // whether this peer is itself on the list is known only with its keys: here it counts in any case, and is checked
  // again
  if (mesh.members) {
    const combination = {
      ...mesh.averaging,
      outer: mesh.averaging.outer.name,
      members: new Set(mesh.members).size + 1,
    };
    checkCombination(combination, { where: `${where}, field "mesh.averaging"` });
  }
  checkPolicy(policy, where);
  if (web) checkWeb(web, where);
  if (network.pool.length !== network.levels - 1) {
    throw new UserError('reading the configuration: "network.pool" must have one entry fewer than there are levels', {
      where,
      value: `${network.pool.length} for ${network.levels} levels`,
    });
  }
  if (fineTune.mode === "federated" && fineTune.steps < fineTune.rounds) {
    throw new UserError('reading the configuration: "fineTune" must have at least as many steps as rounds', {
      where,
      value: `${fineTune.steps} steps for ${fineTune.rounds} rounds`,
    });
  }
  const pretrain = parsePretrainConfig(
    { patch: network.patch, decaySteps: schedule.rounds * schedule.stepsPerRound, ...settings.pretrain },
    `${where}, in "pretrain"`,
  );
  requirePatchShape(network, network.patch, `${where}, field "network.patch"`);
  requirePatchShape(network, pretrain.patch, `${where}, in "pretrain", field "patch"`);
  return Object.freeze({
    ...settings,
    extensions: Object.freeze(settings.extensions.map((given) => extensionUrl(given, directory))),
    stateDirectory: resolve(directory, stateDirectory),
    outputDirectory: resolve(directory, outputDirectory),
    data: Object.freeze({ ...data, directory: resolve(directory, data.directory) }),
    records: Object.freeze({
      ...records,
      ...(records.log && { log: Object.freeze({ ...records.log, file: resolve(directory, records.log.file) }) }),
    }),
    mesh: Object.freeze({
      ...mesh,
      ...(mesh.charter !== undefined && { charter: resolve(directory, mesh.charter) }),
      ...(mesh.tls && {
        tls: Object.freeze({
          certificate: resolve(directory, mesh.tls.certificate),
          key: resolve(directory, mesh.tls.key),
        }),
      }),
    }),
    fineTune,
    pretrain,
  });
}

/**
 * Reads the configuration file at `file`, which leaves nothing to a plan, and loads the extensions that it names.
 *
 * @throws {UserError} if it cannot be read, is no JSON, or breaks a rule, or an extension is at fault.
 */
export async function readConfiguration(file: string): Promise<PeerConfiguration> {
  const written = await readWritten(file);
  return explained(written, file, () => parseConfiguration(written.value, file, dirname(resolve(file))));
}

/**
 * What stands in a configuration file, with what its charter has instead, unchecked; the extensions that it names are
 * loaded.
 */
export async function readWritten(file: string): Promise<Written> {
  const doing = "reading the configuration";
  const written = await withCharterSettings(await readCommentedJson(file, { doing }), dirname(resolve(file)));
  await loadNamedExtensions(written.value, { doing, file });
  return written;
}
