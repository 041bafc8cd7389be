/**
 * How an evaluation is run: data, network, budget, and what the methods are, checked where it comes from a file.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseProtocol } from "./protocol.ts";
 *
 * const protocol = parseProtocol({ methods: { "fcl-alone": { pretrain: { release: 0 } } } }, "protocol.json");
 * assertEquals(protocol.schedule.rounds, 20);
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../../core/errors.ts";
import { described, integer, nameIn, oneOf, parseSettings, text } from "../../core/settings.ts";
import { objectives } from "../../pretraining/objectives/registry.ts";
import { averagingEntries } from "../../settings/averaging.ts";
import { geometryEntries } from "../../settings/data.ts";
import { PROTOCOL_DEFAULTS } from "../../settings/defaults.ts";
import { extensionsSchema } from "../../settings/extensions.ts";
import { fineTuningEntries, roundsField } from "../../settings/fine_tuning.ts";
import { networkEntries } from "../../settings/network.ts";
import { checkPolicy, policySchema } from "../../settings/policy.ts";
import { scheduleEntries } from "../../settings/schedule.ts";
import type { PolicySettings } from "../../settings/types.ts";
import { SCRATCH } from "../plan/cells.ts";
import type {
  Protocol,
  ProtocolAveraging,
  ProtocolFineTune,
  ProtocolMethodsFrom,
  ProtocolMethodsLeaves,
  ProtocolSchedule,
} from "./types.ts";

export type { Protocol };

const Data = v.strictObject({
  ...geometryEntries,
  voxels: v.optional(
    integer(64, 10 ** 9, { description: "Most voxels of the median prepared volume.", unit: "voxels" }),
    50_000,
  ),
});

const place = integer(1, 10_000);

const Split = v.strictObject({
  seed: v.optional(
    integer(0, Number.MAX_SAFE_INTEGER, {
      description:
        "Decides who is in which fold; the same for all seeds of training, so that no held subject is ever " +
        "tested.",
    }),
    1,
  ),
  folds: v.optional(integer(2, 100, { description: "Folds of the test.", unit: "folds" }), 4),
  subjects: v.optional(
    integer(2, 100_000, {
      description: "Most subjects a site, drawn by the seed.",
      unit: "subjects",
      otherwise: "all",
    }),
  ),
  probe: v.optional(
    integer(0, 100, {
      description: "Subjects a site on whom the representation's health is measured.",
      unit: "subjects",
    }),
    2,
  ),
  held: v.optional(
    integer(0, 1000, {
      description: "Subjects a site on whom schedules are chosen, tested in no fold.",
      unit: "subjects",
    }),
    0,
  ),
  tested: v.optional(
    integer(1, 1000, {
      description: "Sites whose networks are fine-tuned and tested; the others pre-train only.",
      unit: "sites",
    }),
    4,
  ),
  testedSites: v.optional(
    described(v.array(place), {
      description: "The sites that are tested, by their places in the list, from 1.",
      otherwise: "the first of them, as many as `tested` says",
    }),
  ),
  labelledSites: v.optional(
    described(v.array(place), {
      description: "The sites that have labels, by their places in the list, from 1. Where sites fine-tune together, " +
        "the others learn from their volumes without labels as `fineTune.unlabelled` says, or take the network as it is.",
      otherwise: "all",
    }),
  ),
  testedOn: v.optional(
    oneOf(["own", "all"], {
      description: "Where sites fine-tune alone, on whose cases each network is tested: its own site's, or those of " +
        "all tested sites, as networks that are trained together are.",
      otherwise: "its own site's",
    }),
  ),
});

const Network = v.strictObject({
  ...networkEntries(PROTOCOL_DEFAULTS.network),
  patchVoxels: v.optional(integer(64, 10 ** 8, { description: "Most voxels of a patch.", unit: "voxels" }), 28_800),
});

const Schedule = v.strictObject(scheduleEntries(PROTOCOL_DEFAULTS.schedule, 1));

const FineTune = v.strictObject({
  ...fineTuningEntries(PROTOCOL_DEFAULTS.fineTuning),
  rounds: v.optional(roundsField(), 10),
  exchanges: v.optional(
    integer(1, 64, {
      description: "Steps of averaging after each of these rounds, the same for methods that exchange nothing in " +
        "pre-training.",
      unit: "steps of averaging",
    }),
    2,
  ),
  testEvery: v.optional(
    integer(1, 1_000_000, {
      description: "Steps after which the networks are tested on the way, too: for curves of Dice over steps.",
      unit: "steps",
      otherwise: "at the end only",
    }),
  ),
});

const Averaging = v.strictObject(averagingEntries);

const settings = (description: string) => v.optional(described(v.record(v.string(), v.unknown()), { description }), {});

/** A method: an objective, and what of the common settings is other for it. */
const Variant = v.strictObject({
  objective: v.optional(
    nameIn(objectives, {
      description: "What its pre-training learns.",
      otherwise: "the objective of the method's name; none where there is none",
    }),
  ),
  like: v.optional(
    text({
      description: "Another method whose pre-training it goes on from: nothing but `fineTune` may differ.",
      otherwise: "a pre-training of its own",
    }),
  ),
  mixing: v.optional(
    oneOf(["gossip", "central"], {
      description: "Where weights are mixed: among peers, or in one place, exactly, as FedAvg does.",
    }),
    "gossip",
  ),
  pretrain: settings("What its pre-training is told before what the protocol says."),
  schedule: settings("What of the schedule is other for it."),
  fineTune: settings("What of fine-tuning is other for it."),
  averaging: settings("What of averaging is other for it."),
  policy: v.optional(described(policySchema, { description: "What the sites let go." }), {}),
  from: v.optional(
    described(
      v.strictObject({
        evaluation: text({ description: "The folder of the other evaluation." }),
        method: text({ description: "The method's name there." }),
      }),
      {
        description:
          "No pre-training of its own: the encoders that a method of another evaluation came to, on another " +
          "data set.",
        otherwise: "none",
      },
    ),
  ),
  leaves: v.optional(
    described(
      v.strictObject({
        site: integer(1, 10_000, { description: "Its place in the list, from 1." }),
        round: integer(1, 100_000, { description: "The round after which it leaves." }),
      }),
      {
        description: "A site, by its place in the list, that leaves for good after a round of pre-training.",
        otherwise: "none",
      },
    ),
  ),
});

/** What a protocol may say. */
export const protocolSchema = v.strictObject({
  $schema: v.optional(text()), // editors write it; it says nothing
  extensions: v.optional(extensionsSchema), // absent where there are none, as in evaluations begun before there were any
  data: v.optional(described(Data, { description: "How volumes are prepared." }), {}),
  split: v.optional(described(Split, { description: "Which subjects serve for what." }), {}),
  network: v.optional(described(Network, { description: "The U-Net that is trained." }), {}),
  schedule: v.optional(
    described(Schedule, { description: "How long pre-training lasts, and how often weights are averaged." }),
    {},
  ),
  pretrain: settings("What all methods' pre-training is told; what is left out has its objective's default."),
  fineTune: v.optional(described(FineTune, { description: "How networks are trained with labels." }), {}),
  averaging: v.optional(described(Averaging, { description: "How weights are averaged." }), {}),
  methods: v.optional(
    described(v.record(v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)), Variant), {
      description: "Methods beside, or instead of, the objectives by their own names.",
    }),
    {},
  ),
});

/** What one method is run with. */
export interface Method {
  /** As tables call it. */
  readonly name: string;
  /** The method whose pre-training it goes on from, itself mostly; null: none, or another evaluation's. */
  readonly pretrainedAs: string | null;
  /** Null: no pre-training. */
  readonly objective: string | null;
  /** Where weights are mixed: among peers, or in one place, as FedAvg does. */
  readonly mixing: "gossip" | "central";
  /** How long it pre-trains. */
  readonly schedule: ProtocolSchedule;
  /** As `parsePretrainConfig` takes it; the patch is not in it yet. */
  readonly pretrain: Readonly<Record<string, unknown>>;
  /** How its networks are trained with labels. */
  readonly fineTune: ProtocolFineTune;
  /** How its weights are averaged. */
  readonly averaging: ProtocolAveraging;
  /** What its sites let go. */
  readonly policy: PolicySettings;
  /** Another evaluation's method, whose encoders it takes. */
  readonly from?: ProtocolMethodsFrom;
  /** A site that leaves for good, by its place in the list, and the round after which it does. */
  readonly leaves?: ProtocolMethodsLeaves;
}

/**
 * Checks `value` and fills in the defaults. @throws {UserError} naming the first field at fault, the rule and the
 * value.
 */
export function parseProtocol(value: unknown, where: string): Protocol {
  const { $schema: _, ...protocol } = parseSettings(protocolSchema, value, { doing: "reading the protocol", where });
  return Object.freeze(protocol);
}

/** The methods that a protocol knows: "scratch", the objectives, and its own. */
export function methodNames(protocol: Protocol): string[] {
  return [...new Set([SCRATCH, ...objectives.names, ...Object.keys(protocol.methods)])];
}

/**
 * What the protocol says of the method `name`: one of its own, "scratch", or an objective.
 *
 * @throws {UserError} if there is none, or a setting of it breaks a rule.
 */
export function methodNamed(name: string, protocol: Protocol, where: string): Method {
  const own = protocol.methods[name];
  if (!methodNames(protocol).includes(name)) {
    throw new UserError(`reading the protocol: a method must be one of ${methodNames(protocol).join(", ")}`, {
      where,
      value: name,
    });
  }
  const variant: Protocol["methods"][string] = own ?? parseSettings(Variant, {}, { doing: "", where });
  const objective = variant.objective ?? (objectives.get(name) ? name : null);
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
