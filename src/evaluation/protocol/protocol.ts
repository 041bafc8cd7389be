/**
 * How an evaluation is run: data, network, budget, and what the methods are, checked where it comes from a file.
 *
 * @example
 * ```ts
 * const protocol = parseProtocol({ methods: { "fcl-alone": { pretrain: { release: 0 } } } }, "protocol.json");
 * protocol.schedule.rounds; // 20
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { type ObjectiveName, objectiveNames } from "../../pretraining/objectives/settings.ts";
import { UserError } from "../../core/errors.ts";
import { type Deep, finite, integer, nameIn, oneOf, parseSettings, text, triple } from "../../core/settings.ts";
import { aggregationRules } from "../../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../../mesh/averaging/compression/compressors.ts";
import { DEFAULT_AVERAGING } from "../../mesh/averaging/settings.ts";
import { topologies } from "../../mesh/averaging/topologies/topologies.ts";
import { checkPolicy, policySchema } from "../../settings/policy.ts";
import { SCRATCH } from "../plan/cells.ts";

const Data = v.strictObject({
  /** Longer in-plane extent in mm, for data whose headers have lost the voxel size. */
  fieldOfView: v.optional(finite(1, 5000)),
  /** Distance between slices in mm, likewise. */
  sliceSpacing: v.optional(finite(0.01, 100)),
  /** Extent of what is kept of each volume about its middle, mm, x, y, z. */
  crop: v.optional(triple(finite(1, 5000), "must be a list of three, in mm: x, y, z")),
  /** Most voxels of the median prepared volume. */
  voxels: v.optional(integer(64, 10 ** 9), 50_000),
});

const Split = v.strictObject({
  /** Decides who is in which fold; the same for all seeds of training, so that no held subject is ever tested. */
  seed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), 1),
  folds: v.optional(integer(2, 100), 4),
  /** Most subjects a site, drawn by the seed; without it, all. */
  subjects: v.optional(integer(2, 100_000)),
  /** Subjects a site on whom the representation's health is measured. */
  probe: v.optional(integer(0, 100), 2),
  /** Subjects a site on whom schedules are chosen, tested in no fold. */
  held: v.optional(integer(0, 1000), 0),
  /** Sites whose networks are fine-tuned and tested; the others pre-train only. */
  tested: v.optional(integer(1, 1000), 4),
});

const Network = v.strictObject({
  baseFilters: v.optional(integer(1, 256), 8),
  levels: v.optional(integer(2, 6), 3),
  norm: v.optional(oneOf(["instance", "group"]), "instance"),
  /** Most voxels of a patch. */
  patchVoxels: v.optional(integer(64, 10 ** 8), 28_800),
});

const Schedule = v.strictObject({
  rounds: v.optional(integer(1, 100_000), 20),
  stepsPerRound: v.optional(integer(1, 100_000), 30),
  /** Steps of averaging after each round. */
  exchanges: v.optional(integer(0, 64), 2),
});

const FineTune = v.strictObject({
  steps: v.optional(integer(1, 1_000_000), 200),
  batch: v.optional(integer(1, 64), 2),
  learningRate: v.optional(finite(1e-8, 1), 1e-2),
  /** The pre-trained encoder's rate as a share of the decoder's. */
  encoderRate: v.optional(finite(0, 1), 0.1),
  /** First steps with the pre-trained encoder frozen. */
  warmUpSteps: v.optional(integer(0, 1_000_000), 0),
  /** How far the cross-entropy favours rare classes. */
  balance: v.optional(finite(0, 1), 0.5),
  /** Rounds into which the steps are dealt where sites fine-tune together. */
  rounds: v.optional(integer(1, 100_000), 10),
  /** Steps of averaging after each of these rounds, the same for methods that exchange nothing in pre-training. */
  exchanges: v.optional(integer(1, 64), 2),
});

const Averaging = v.strictObject({
  topology: v.optional(nameIn(topologies), DEFAULT_AVERAGING.topology),
  degree: v.optional(integer(1, 64), DEFAULT_AVERAGING.degree),
  compression: v.optional(nameIn(compressors), DEFAULT_AVERAGING.compression),
  rule: v.optional(nameIn(aggregationRules), DEFAULT_AVERAGING.rule),
});

const settings = () => v.optional(v.record(v.string(), v.unknown()), {});

/** A method: an objective, and what of the common settings is other for it. */
const Variant = v.strictObject({
  objective: v.optional(oneOf(objectiveNames)),
  /** Another method whose pre-training it goes on from: nothing but `fineTune` may differ. */
  like: v.optional(text()),
  /** Where weights are mixed: among peers, or in one place, exactly, as FedAvg does. */
  mixing: v.optional(oneOf(["gossip", "central"]), "gossip"),
  pretrain: settings(),
  schedule: settings(),
  fineTune: settings(),
  averaging: settings(),
  policy: v.optional(policySchema, {}),
  /**
   * No pre-training of its own: the encoders that a method of another evaluation came to, on another data set. The
   * folder of that evaluation, and the method's name there.
   */
  from: v.optional(v.strictObject({ evaluation: text(), method: text() })),
  /** A site, by its place in the list, that leaves for good after a round of pre-training. */
  leaves: v.optional(v.strictObject({ site: integer(1, 10_000), round: integer(1, 100_000) })),
});

const schema = v.strictObject({
  data: v.optional(Data, {}),
  split: v.optional(Split, {}),
  network: v.optional(Network, {}),
  schedule: v.optional(Schedule, {}),
  pretrain: settings(),
  fineTune: v.optional(FineTune, {}),
  averaging: v.optional(Averaging, {}),
  /** Methods beside, or instead of, the objectives by their own names. */
  methods: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)), Variant), {}),
});

/** The whole of it. */
export type Protocol = Deep<v.InferOutput<typeof schema>>;

/** What one method is run with. */
export interface Method {
  readonly name: string;
  /** The method whose pre-training it goes on from, itself mostly; null: none, or another evaluation's. */
  readonly pretrainedAs: string | null;
  /** Null: no pre-training. */
  readonly objective: ObjectiveName | null;
  readonly mixing: "gossip" | "central";
  readonly schedule: Deep<v.InferOutput<typeof Schedule>>;
  /** As `parsePretrainConfig` takes it; the patch is not in it yet. */
  readonly pretrain: Readonly<Record<string, unknown>>;
  readonly fineTune: Deep<v.InferOutput<typeof FineTune>>;
  readonly averaging: Deep<v.InferOutput<typeof Averaging>>;
  readonly policy: Deep<v.InferOutput<typeof policySchema>>;
  readonly from?: { readonly evaluation: string; readonly method: string };
  readonly leaves?: { readonly site: number; readonly round: number };
}

/**
 * Checks `value` and fills in the defaults. @throws {UserError} naming the first field at fault, the rule and the
 * value.
 */
export function parseProtocol(value: unknown, where: string): Protocol {
  return parseSettings(schema, value, { doing: "reading the protocol", where });
}

/** The methods that a protocol knows: "scratch", the objectives, and its own. */
export function methodNames(protocol: Protocol): string[] {
  return [...new Set([SCRATCH, ...objectiveNames, ...Object.keys(protocol.methods)])];
}

/**
 * What the protocol says of the method `name`: one of its own, "scratch", or an objective.
 *
 * @throws {UserError} if there is none, or a setting of it breaks a rule.
 */
export function methodNamed(name: string, protocol: Protocol, where: string): Method {
  const own = protocol.methods[name];
  const isObjective = (one: string): one is ObjectiveName => objectiveNames.some((known) => known === one);
  if (!methodNames(protocol).includes(name)) {
    throw new UserError(`reading the protocol: a method must be one of ${methodNames(protocol).join(", ")}`, {
      where,
      value: name,
    });
  }
  const variant: Protocol["methods"][string] = own ?? parseSettings(Variant, {}, { doing: "", where });
  const objective = variant.objective ?? (isObjective(name) ? name : null);
  if (own?.like !== undefined) return alike(name, own, protocol, where);
  const at = (field: string) => ({ doing: "reading the protocol", where, within: `methods.${name}.${field}` });
  checkPolicy(variant.policy, `${where}, method ${name}`);
  const alone = objective === "local" ? { exchanges: 0 } : {};
  return {
    name,
    pretrainedAs: objective === null ? null : name,
    objective,
    mixing: variant.mixing,
    schedule: parseSettings(Schedule, { ...protocol.schedule, ...alone, ...variant.schedule }, at("schedule")),
    pretrain: { ...protocol.pretrain, ...variant.pretrain },
    fineTune: parseSettings(FineTune, { ...protocol.fineTune, ...variant.fineTune }, at("fineTune")),
    averaging: parseSettings(Averaging, { ...protocol.averaging, ...variant.averaging }, at("averaging")),
    policy: variant.policy,
    ...(variant.from && { from: variant.from }),
    ...(variant.leaves && { leaves: variant.leaves }),
  };
}

/** A method that differs from the one that it is like in nothing but fine-tuning. */
function alike(name: string, own: Protocol["methods"][string], protocol: Protocol, where: string): Method {
  const place = { doing: "reading the protocol", where, within: `methods.${name}` };
  const { like, fineTune, ...others } = own;
  const plain: Record<string, unknown> = parseSettings(Variant, {}, place);
  const other = Object.entries(others).find(([field, value]) => JSON.stringify(value) !== JSON.stringify(plain[field]));
  const refuse = (field: string, rule: string, value: unknown) => {
    throw new UserError(`reading the protocol: ${rule}`, {
      where: `${where}, field "${place.within}.${field}"`,
      value,
    });
  };
  if (other) refuse(other[0], "a method that is like another may differ in fineTune only", other[1]);
  if (protocol.methods[like!]?.like !== undefined) refuse("like", "it must be a method that is like no other", like);
  const base = methodNamed(like!, protocol, where);
  const within = `${place.within}.fineTune`;
  return { ...base, name, fineTune: parseSettings(FineTune, { ...base.fineTune, ...fineTune }, { ...place, within }) };
}
