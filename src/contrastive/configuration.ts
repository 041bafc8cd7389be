/**
 * The settings of contrastive pre-training, checked where they come from the outside.
 *
 * @example
 * ```ts
 * const config = parsePretrainConfig({ temperature: 0.1, grid: [4, 1, 1] });
 * config.momentum; // 0.99
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";

const integer = (low: number, high: number) => {
  const rule = `must be an integer from ${low} to ${high}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(low, rule), v.maxValue(high, rule));
};

const number = (low: number, high: number) => {
  const rule = `must be a number from ${low} to ${high}`;
  return v.pipe(v.number(rule), v.finite(rule), v.minValue(low, rule), v.maxValue(high, rule));
};

const triple = <T extends ReturnType<typeof integer>>(entry: T) =>
  v.strictTuple([entry, entry, entry], "must be three integers [z, y, x]");

const projection = v.strictObject({
  /** One embedding a patch, or one at each of some locations of it. */
  kind: v.optional(v.picklist(["dense", "global"], 'must be "dense" or "global"'), "dense"),
  /** Feature maps that are read, by index into the backbone's list; negative ones count from its end. */
  levels: v.optional(v.pipe(v.array(integer(-16, 15)), v.minLength(1, "must name at least one feature map")), [-1, -2]),
  /** Values of an embedding. */
  dimension: v.optional(integer(2, 1024), 64),
  /** Width of the head's hidden layer. */
  hidden: v.optional(integer(2, 4096), 128),
  /** Locations read in each patch (dense). */
  locations: v.optional(integer(1, 4096), 32),
});

const schema = v.strictObject({
  /** The objective's name in the registry. */
  objective: v.optional(v.pipe(v.string("must be a name"), v.nonEmpty("must be a name")), "fcl"),
  /** Voxels of a patch: z, y, x. */
  patch: v.optional(triple(integer(4, 512)), [32, 32, 32]),
  /** Partitions along z, y, x; [4, 1, 1] is the paper's figure. */
  grid: v.optional(triple(integer(1, 64)), [4, 3, 3]),
  projection: v.optional(projection, {}),
  /** Volumes a step, two views of each. */
  volumes: v.optional(integer(1, 256), 4),
  /** t: .1 in the same authors' PCL (2106.09157), .07 to .2 in MoCo. */
  temperature: v.optional(number(0.01, 10), 0.2),
  /** m: .99 for short runs, .999 for long ones (MoCo, 1911.05722). */
  momentum: v.optional(number(0, 1), 0.99),
  /** K, the entries of Q' drawn from the memory bank at each step. */
  negatives: v.optional(integer(0, 65_536), 512),
  /** Entries of the local queue. */
  queue: v.optional(integer(1, 1_048_576), 4096),
  /** Features released each round. */
  release: v.optional(integer(0, 65_536), 512),
  /** Rounds after which another site's features are forgotten. */
  staleness: v.optional(integer(0, 1000), 3),
  /** Leave entries of q's own partition out of the denominator; the paper's text does not. */
  maskedDenominator: v.optional(v.boolean("must be true or false"), true),
  /** Local positives: other views of the same volume, or of every local volume. */
  localPositives: v.optional(v.picklist(["views", "volumes"], 'must be "views" or "volumes"'), "volumes"),
  /** Lambda: remote entries (the paper), all entries of Q', or none. */
  structuralMatching: v.optional(
    v.picklist(["remote", "bank", "none"], 'must be "remote", "bank" or "none"'),
    "remote",
  ),
  /** Count the batch's own keys among the negatives; without, collapse is likely. */
  batchNegatives: v.optional(v.boolean("must be true or false"), true),
  /** Adam's rate. */
  learningRate: v.optional(number(1e-8, 1), 1e-3),
  /** Gradients are scaled down to this norm over all variables. */
  clipNorm: v.optional(number(1e-6, 1e6), 5),
});

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;

/** The settings of contrastive pre-training; each field's meaning and default stand at the schema above. */
export type PretrainConfig = Deep<v.InferOutput<typeof schema>>;

/**
 * Checks settings that come from a file or a user and fills in the defaults; the result is frozen.
 *
 * @param where what an error names in front of the field.
 * @throws {UserError} that names the first field at fault, the rule and the value.
 */
export function parsePretrainConfig(value: unknown = {}, where = "pretrain"): PretrainConfig {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue);
    const rule = issue.type !== "strict_object"
      ? issue.message
      : issue.expected === "never"
      ? "this field is not known"
      : "must be an object";
    throw new UserError(`reading the settings of pre-training: ${rule}`, {
      where: path ? `${where}.${path}` : where,
      value: issue.input,
    });
  }
  return freeze(parsed.output);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
