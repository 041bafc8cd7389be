/**
 * A peer's configuration: read from JSON, checked field by field, paths made absolute, frozen.
 *
 * @example
 * ```ts
 * const configuration = await readConfiguration("site.json");
 * configuration.mesh.consortium; // "heart-2026"
 * ```
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import * as v from "valibot";
import { parsePretrainConfig, type PretrainConfig } from "../pretraining/configuration.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { type Deep, finite, flag, integer, nameIn, oneOf, parseSettings, text, triple } from "../core/settings.ts";
import { adapterKinds, engineNames } from "../engine/engines/engine.ts";
import { checkCombination } from "../mesh/averaging/aggregation/combination.ts";
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { outerOptimisers } from "../mesh/averaging/outer/outer_optimisers.ts";
import { DEFAULT_AVERAGING } from "../mesh/averaging/settings.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";
import { checkAddresses } from "../mesh/options.ts";
import { checkPolicy, policySchema } from "../settings/policy.ts";

const Engine = v.strictObject({
  /** The tensor engine; "auto" takes the fastest that passes its self-test. */
  name: v.optional(oneOf(["auto", ...engineNames]), "auto"),
  /** Processor threads that may compute; without it, as many as there are cores. */
  threads: v.optional(integer(1, 256)),
  /** The kind of graphics adapter that may be taken: "software" is for tests. */
  adapter: v.optional(oneOf(adapterKinds), "hardware"),
  /** When the device is lost in the middle of the work: go on with the next best engine, or stop. */
  onLoss: v.optional(oneOf(["fallback", "stop"]), "fallback"),
  /** Compute activations again for their gradients instead of keeping them: less memory for more time, same results. */
  recompute: v.optional(flag(), false),
});

/** Case ids by use; training and probe cases need no labels. */
const Split = v.strictObject({
  training: v.array(text()),
  labelled: v.array(text()),
  probe: v.array(text()),
  test: v.array(text()),
});

const Data = v.strictObject({
  /** A Decathlon, nnU-Net raw or plain folder. */
  directory: text(),
  /** The spacing to which every volume is brought, mm, x, y, z; null keeps each volume's own. */
  spacing: v.nullable(triple(finite(1e-3, 1e3), "must be null or a list of three, in mm: x, y, z")),
  /** Longer in-plane extent in mm, for data whose headers have lost the spacing. */
  fieldOfView: v.optional(finite(1, 5000)),
  /** Distance between slices in mm, likewise. */
  sliceSpacing: v.optional(finite(0.01, 100)),
  /** Extent of what is kept of each volume about its middle, mm, x, y, z; without it, all. */
  crop: v.optional(triple(finite(1, 5000), "must be a list of three, in mm: x, y, z")),
  /** Which cases serve for what; without it, drawn by seed and subject. */
  split: v.optional(Split),
  /** How many labelled cases to fine-tune with, where no split is given. */
  labelled: v.optional(integer(1, 10_000), 1),
  /** Batches that a thread of its own prepares ahead while the engine trains; 0: each in its turn. */
  ahead: v.optional(integer(0, 64), 2),
});

const Network = v.strictObject({
  baseFilters: v.optional(integer(1, 256), 8),
  levels: v.optional(integer(2, 6), 3),
  norm: v.optional(oneOf(["instance", "group"]), "instance"),
  /** Voxels of a patch: z, y, x. */
  patch: triple(integer(1, 512)),
  /** Reduction from each level to the next: z, y, x. */
  pool: v.array(triple(integer(1, 4))),
});

const Schedule = v.strictObject({
  rounds: v.optional(integer(0, 100_000), 14),
  stepsPerRound: v.optional(integer(1, 100_000), 30),
  /**
   * Steps of averaging after each round, each with the members that `mesh.averaging` plans for it, if they are there.
   */
  exchanges: v.optional(integer(0, 64), 2),
  /**
   * Steps in a row without finite loss and gradients, each of which is skipped, that end a training with a diagnosis.
   */
  patience: v.optional(integer(1, 10_000), 5),
});

const FineTune = v.strictObject({
  /** Each site by itself, or together: rounds between which the networks' weights are averaged as in pre-training. */
  mode: v.optional(oneOf(["local", "federated"]), "local"),
  /** How many rounds the steps are dealt into, when federated. */
  rounds: v.optional(integer(1, 100_000), 10),
  steps: v.optional(integer(1, 1_000_000), 150),
  batch: v.optional(integer(1, 64), 2),
  learningRate: v.optional(finite(1e-8, 1), 1e-2),
  /** The encoder's rate, as a share of the decoder's, when it is pre-trained. */
  encoderRate: v.optional(finite(0, 1), 0.1),
  /** Steps with the pre-trained encoder frozen. */
  warmUpSteps: v.optional(integer(0, 1_000_000), 0),
  /** How far the cross-entropy favours rare classes: 0 not at all, 1 until every class counts the same. */
  balance: v.optional(finite(0, 1), 0.5),
});

/** An outer optimiser with its rates. */
const OuterChoice = v.pipe(
  v.strictObject({
    name: v.optional(nameIn(outerOptimisers), "plain"),
    /** Factor on what a round changed; without it, the optimiser's own. */
    learningRate: v.optional(finite(1e-3, 10)),
    /** What is carried on of the round before; without it, the optimiser's own. */
    momentum: v.optional(finite(0, 0.999)),
  }),
  v.check(
    ({ name, learningRate, momentum }) =>
      outerOptimisers.named(name).rates !== undefined || (learningRate ?? momentum) === undefined,
    "must have no learningRate and no momentum with plain averaging, which has none",
  ),
  v.transform(({ name, ...rates }) => ({ name, ...outerOptimisers.named(name).rates, ...rates })),
);

/** How weights are averaged; all peers of a consortium must say the same. */
const AveragingChoice = v.strictObject({
  /** Who mixes with whom. */
  topology: v.optional(nameIn(topologies), DEFAULT_AVERAGING.topology),
  /** Members to mix with in a step, where the topology leaves a choice. */
  degree: v.optional(integer(1, 64), DEFAULT_AVERAGING.degree),
  /** How weights are encoded on the way. */
  compression: v.optional(nameIn(compressors), DEFAULT_AVERAGING.compression),
  /** What is made of the vectors that come. */
  rule: v.optional(nameIn(aggregationRules), DEFAULT_AVERAGING.rule),
  /** What becomes of the local steps between two exchanges. */
  outer: v.optional(OuterChoice, {}),
});

const MeshSettings = v.strictObject({
  /** The charter's file, which says who belongs; it takes the place of the next two. */
  charter: v.optional(text()),
  consortium: v.optional(v.pipe(text(), v.maxLength(200, "must be at most 200 characters"))),
  /** The peer ids that may take part, this peer's own among them or not. */
  members: v.optional(v.pipe(v.array(text()), v.minLength(1, "must name at least one member"))),
  /** Multiaddresses to listen on; an empty list: this peer only calls others. */
  listen: v.optional(v.array(text()), ["/ip4/0.0.0.0/tcp/0"]),
  /** Further multiaddresses at which others reach this peer: a forwarded port, a proxy that ends TLS. */
  announce: v.optional(v.array(text()), []),
  /** Multiaddresses of members to dial first. */
  bootstrap: v.optional(v.array(text()), []),
  /** Multiaddresses, with /p2p/ID, of relays through which others reach this peer; they need not be members. */
  relays: v.optional(v.array(text()), []),
  /** Carry connections between members that cannot reach each other directly. */
  relay: v.optional(flag(), true),
  /** Meet members in a hash table of theirs, so that knowing one is enough. */
  dht: v.optional(flag(), true),
  /** Find members on the local network. */
  mdns: v.optional(flag(), true),
  averaging: v.optional(AveragingChoice, {}),
  /** Milliseconds, at most, to wait in a step of averaging for planned partners that are one step behind. */
  patience: v.optional(integer(0, 3_600_000), 10_000),
});

const schema = v.strictObject({
  /** How the site is called in logs and reports. */
  name: v.pipe(
    text(),
    v.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first"),
  ),
  seed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), 1),
  /** Keys, address book, checkpoints and audit log. */
  stateDirectory: v.optional(text(), "state"),
  /** Report and predictions. */
  outputDirectory: v.optional(text(), "results"),
  engine: v.optional(Engine, {}),
  data: Data,
  network: Network,
  schedule: v.optional(Schedule, {}),
  pretrain: v.optional(v.record(v.string(), v.unknown()), {}),
  fineTune: v.optional(FineTune, {}),
  /** What the site lets go; its own affair, whatever the others have. */
  policy: v.optional(policySchema, {}),
  mesh: MeshSettings,
});

/** Everything a peer is told; the README says what each field means. */
export type PeerConfiguration = Deep<
  Omit<v.InferOutput<typeof schema>, "pretrain"> & { pretrain: PretrainConfig }
>;

/** Who belongs is said in one way, not in two that could differ. */
function checkBelonging({ charter, consortium, members }: PeerConfiguration["mesh"], where: string): void {
  const listed = Object.entries({ consortium, members }).filter(([, value]) => value !== undefined);
  if (charter === undefined ? listed.length === 2 : listed.length === 0) return;
  const doing = 'reading the configuration: "mesh" must have either "charter" or "consortium" and "members"';
  const given = [...(charter === undefined ? [] : ["charter"]), ...listed.map(([name]) => name)];
  throw new UserError(doing, { where, value: given.length > 0 ? `it has ${given.join(" and ")}` : "it has neither" });
}

/**
 * Checks `value` and fills in the defaults; relative paths are taken from `directory`.
 *
 * @param where the file, for errors
 * @throws {UserError} naming the first field at fault, the rule and the value.
 */
export function parseConfiguration(value: unknown, where: string, directory: string): PeerConfiguration {
  const settings = parseSettings(schema, value, { doing: "reading the configuration", where });
  const { stateDirectory, outputDirectory, data, network, schedule, fineTune, mesh, policy } = settings;
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
  return Object.freeze({
    ...settings,
    stateDirectory: resolve(directory, stateDirectory),
    outputDirectory: resolve(directory, outputDirectory),
    data: Object.freeze({ ...data, directory: resolve(directory, data.directory) }),
    mesh: Object.freeze({ ...mesh, ...(mesh.charter !== undefined && { charter: resolve(directory, mesh.charter) }) }),
    pretrain: parsePretrainConfig(
      { patch: network.patch, decaySteps: schedule.rounds * schedule.stepsPerRound, ...settings.pretrain },
      `${where}, in "pretrain"`,
    ),
  });
}

/**
 * Reads the configuration file at `file`.
 *
 * @throws {UserError} if it cannot be read, is no JSON, or breaks a rule.
 */
export async function readConfiguration(file: string): Promise<PeerConfiguration> {
  let json: string;
  try {
    json = await Deno.readTextFile(file);
  } catch (cause) {
    throw new UserError(`reading the configuration: ${messageOf(cause)}`, { where: file, cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UserError(`reading the configuration: it must be JSON; ${messageOf(cause)}`, { where: file, cause });
  }
  return parseConfiguration(value, file, dirname(resolve(file)));
}
