/**
 * What a kept model says of itself, its `model.json`: everything that is needed to apply it, and what it was trained
 * with.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";
import { finite, flag, integer, oneOf, parseSettings, text, triple } from "../core/settings.ts";
import { AXES, type Axis } from "../data/augmentation/mirror.ts";
import { NORMALISATION } from "../data/normalise.ts";
import type { Plan } from "../data/plan.ts";
import { parseUNetConfig, requirePatchShape, type UNetConfig } from "../model/config.ts";
import type { Triple } from "../core/triple.ts";

/** What `format` says. */
export const MODEL_FORMAT = "syncytium model";

/** The version of the format that is written, and the only one that is read. */
export const MODEL_VERSION = 1;

/** A member of the consortium as the site that keeps the model saw it. */
export interface ModelMember {
  /** As the charter calls it; absent where there is no charter. */
  readonly name?: string;
  /** Its libp2p peer id. */
  readonly peerId: string;
  /** The last round of pre-training that it announced; 0 where it announced none. */
  readonly rounds: number;
  /** Exchanges of weights with it. */
  readonly exchanges: number;
}

/** The kept model or encoder that another one was fine-tuned from, by itself, after all that it says of its training. */
export interface ModelOrigin {
  /** Whether it segmented. */
  readonly kind: "segmentation" | "encoder";
  /** The site that had kept it. */
  readonly site: string;
  /** Name of the data set that it was trained with there. */
  readonly dataset: string;
  /** SHA-256 of its weights. */
  readonly sha256: string;
  /** Labelled cases that it was fine-tuned with; 0 of an encoder. */
  readonly labelled: number;
  /** Whether the layer that tells the structures apart was taken over, or is new. */
  readonly head: "kept" | "new";
}

/** How a model was trained. */
export interface ModelTraining {
  /** Whether the network began from pre-training or from random weights; absent of an encoder. */
  readonly method?: "pretrained" | "scratch";
  /** What was pre-trained with; absent where nothing was. */
  readonly objective?: string;
  /** Rounds of pre-training. */
  readonly rounds: number;
  /** Training steps of each. */
  readonly stepsPerRound: number;
  /** Absent of an encoder. */
  readonly fineTuning?: {
    /** Each site by itself, or together. */
    readonly mode: "local" | "federated";
    /** Rounds, where together. */
    readonly rounds?: number;
    /** Steps of all rounds. */
    readonly steps: number;
  };
  /** What it was fine-tuned from, if that was a kept model: pre-training and members are then of that one. */
  readonly from?: ModelOrigin;
  /** Cases of the site that keeps it. */
  readonly cases: { readonly training: number; readonly labelled: number; readonly test: number };
  /** The others. */
  readonly members: readonly ModelMember[];
}

/** How a structure came out in the site's test cases. */
export interface ModelDice {
  /** Mean over the cases that have a figure; null where none has. */
  readonly mean: number | null;
  /** How many have one. */
  readonly cases: number;
}

/** What kinds of models have in common. */
export interface CommonDescription {
  /** {@linkcode MODEL_FORMAT} */
  readonly format: typeof MODEL_FORMAT;
  /** {@linkcode MODEL_VERSION} */
  readonly version: typeof MODEL_VERSION;
  /** The site that keeps it. */
  readonly site: string;
  /** Name of the data set that it was trained with there. */
  readonly dataset: string;
  /** When it was written, ISO 8601. */
  readonly writtenAt: string;
  /** The network. */
  readonly network: UNetConfig;
  /** Voxels of a training patch, z, y, x. */
  readonly patch: Triple;
  /** How volumes are prepared, along x, y, z (RAS), mm. */
  readonly preparation: Plan & {
    /** Along which axes volumes are laid before anything else. */
    readonly orientation: "RAS";
    /** What is made of intensities. */
    readonly normalisation: typeof NORMALISATION;
  };
  /** Names of the images' channels in their order; of one channel a list of one, "image" where it has no name. */
  readonly channels: readonly string[];
  /** How it was trained. */
  readonly training: ModelTraining;
  /** What it was made with. */
  readonly versions: { readonly syncytium: string; readonly deno: string; readonly tfjs: string };
  /** The file beside. */
  readonly weights: {
    /** Its name. */
    readonly file: string;
    /** SHA-256 of its bytes, in hexadecimal. */
    readonly sha256: string;
    /** Numbers in it. */
    readonly values: number;
  };
}

/** A network that segments. */
export interface SegmentationDescription extends CommonDescription {
  /** Tells the kinds apart. */
  readonly kind: "segmentation";
  /** Names of the structures by label value; background (0) is left out. */
  readonly labels: Readonly<Record<string, string>>;
  /** How the site predicted its test cases. */
  readonly prediction: {
    /** Along which axes patches were mirrored in training, and windows in the test. */
    readonly mirror: { readonly trained: readonly Axis[]; readonly tested: readonly Axis[] };
    /**
     * Label values of structures that lie in one piece in all labelled cases, and whether predictions kept only the
     * largest part of these.
     */
    readonly singleParts: { readonly values: readonly number[]; readonly kept: boolean };
  };
  /** On the site's own test cases, on their own grids; null where there were none. */
  readonly dice: {
    /** Test cases. */
    readonly cases: number;
    /** Mean of the structures' means; null where no case has a figure. */
    readonly mean: number | null;
    /** By structure. */
    readonly structures: Readonly<Record<string, ModelDice>>;
  } | null;
}

/** What is pre-trained: the encoder, and such levels of the decoder as were pre-trained with it. */
export interface EncoderDescription extends CommonDescription {
  /** Tells the kinds apart. */
  readonly kind: "encoder";
}

/** Either. */
export type ModelDescription = SegmentationDescription | EncoderDescription;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const dice = v.nullable(finite(0, 1));
const sha256 = v.pipe(text(), v.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"));
const axes = v.array(oneOf(AXES), 'must be a list of "z", "y" and "x"');
const object = <T extends v.ObjectEntries>(entries: T) => v.object(entries, "must be an object");

const isNormalisation = (value: unknown): value is typeof NORMALISATION =>
  JSON.stringify(value) === JSON.stringify(NORMALISATION);

const common = {
  format: v.literal(MODEL_FORMAT),
  version: v.literal(MODEL_VERSION),
  site: text(),
  dataset: text(),
  writtenAt: v.pipe(text(), v.isoTimestamp("must be a time (ISO 8601)")),
  network: v.unknown(),
  patch: triple(integer(1, 512)),
  preparation: object({
    orientation: oneOf(["RAS"]),
    spacing: v.nullable(triple(finite(1e-3, 1e3))),
    fieldOfView: v.optional(finite(1, 5000)),
    sliceSpacing: v.optional(finite(0.01, 100)),
    crop: v.optional(triple(finite(1, 5000))),
    normalisation: v.custom<typeof NORMALISATION>(
      isNormalisation,
      `must be ${JSON.stringify(NORMALISATION)}, as this version prepares volumes`,
    ),
  }),
  channels: v.pipe(v.array(text()), v.minLength(1, "must name one channel at least")),
  training: object({
    method: v.optional(oneOf(["pretrained", "scratch"])),
    objective: v.optional(text()),
    rounds: count,
    stepsPerRound: count,
    fineTuning: v.optional(object({ mode: oneOf(["local", "federated"]), rounds: v.optional(count), steps: count })),
    from: v.optional(object({
      kind: oneOf(["segmentation", "encoder"]),
      site: text(),
      dataset: text(),
      sha256,
      labelled: count,
      head: oneOf(["kept", "new"]),
    })),
    cases: object({ training: count, labelled: count, test: count }),
    members: v.array(object({ name: v.optional(text()), peerId: text(), rounds: count, exchanges: count })),
  }),
  versions: object({ syncytium: text(), deno: text(), tfjs: text() }),
  weights: object({
    file: v.pipe(text(), v.regex(/^[\w-][\w.-]*$/, "must be the name of a file beside")),
    sha256,
    values: count,
  }),
};

const labelled = {
  labels: v.record(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}$/, "must be names by label value, from 1 to 99999")),
    text(),
    "must be names by label value",
  ),
  prediction: object({
    mirror: object({ trained: axes, tested: axes }),
    singleParts: object({ values: v.array(integer(1, 99_999)), kept: flag() }),
  }),
  dice: v.nullable(object({
    cases: count,
    mean: dice,
    structures: v.record(v.string(), object({ mean: dice, cases: count })),
  })),
};

const segmentationSchema = object({ kind: v.literal("segmentation"), ...common, ...labelled });
const encoderSchema = object({ kind: v.literal("encoder"), ...common });

const DOING = "reading a model";

/**
 * Checks a `model.json`; unknown fields are dropped.
 *
 * @param where the file, for errors
 * @throws {UserError} if it is none, is of another version, or breaks a rule.
 */
export function parseModelDescription(value: unknown, where: string): ModelDescription {
  const { kind } = requireVersion(value, where);
  const described = { doing: DOING, where };
  if (kind === "segmentation") return segmentation(parseSettings(segmentationSchema, value, described), where);
  if (kind === "encoder") {
    const parsed = parseSettings(encoderSchema, value, described);
    return { ...parsed, network: networkOf(parsed, where) };
  }
  throw new UserError(`${DOING}: must be "segmentation" or "encoder"`, {
    where: `${where}, field "kind"`,
    value: kind,
  });
}

function requireVersion(value: unknown, where: string): { kind?: unknown } {
  const isRecord = typeof value === "object" && value !== null;
  const { format, version, kind } = (isRecord ? value : {}) as Record<string, unknown>;
  if (format !== MODEL_FORMAT) {
    throw new UserError(`${DOING}: "format" must be "${MODEL_FORMAT}"`, { where, value: format });
  }
  if (version !== MODEL_VERSION) {
    const newer = typeof version === "number" && version > MODEL_VERSION ? "; it was written by a newer syncytium" : "";
    throw new UserError(`${DOING}: "version" must be ${MODEL_VERSION}${newer}`, { where, value: version });
  }
  return { kind };
}

function networkOf(
  { network, patch, channels }: { network: unknown; patch: Triple; channels: readonly string[] },
  where: string,
) {
  const config = parseUNetConfig(network, { where: `${where}, field "network"` });
  requirePatchShape(config, patch, `${where}, field "patch"`);
  if ((config.channels ?? 1) !== channels.length) {
    throw new UserError(`${DOING}: "channels" must name as many as "network" has`, {
      where,
      value: `${channels.length} for ${config.channels ?? 1}`,
    });
  }
  return config;
}

function segmentation(
  parsed: Omit<SegmentationDescription, "network"> & { network: unknown },
  where: string,
): SegmentationDescription {
  const network = networkOf(parsed, where);
  const names = Object.keys(parsed.labels).length;
  if (names + 1 !== network.classes) {
    throw new UserError(`${DOING}: "labels" must name a structure for each class of "network" but the background`, {
      where,
      value: `${names} for ${network.classes} classes`,
    });
  }
  return { ...parsed, network };
}
