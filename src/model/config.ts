/**
 * The settings of a network, checked where they come from the outside, and what two peers must have in common.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";
import { integer, oneOf, parseSettings, triple } from "../core/settings.ts";
import { perAxis, type Triple } from "../core/triple.ts";

/** How each convolution's output may be normalised. */
export const normalisations: readonly ["instance", "group"] = ["instance", "group"];

/** How each convolution's output is normalised. */
export type Normalisation = typeof normalisations[number];

/** Slope below zero of every activation (nnU-Net's choice). */
export const SLOPE = 0.01;

/** Groups of channels under group normalisation, where 8 divides the channels. */
const GROUPS = 8;

/** How many groups of `channels` are normalised together. */
export function groupsOf(norm: Normalisation, channels: number): number {
  return norm === "instance" ? channels : greatestCommonDivisor(GROUPS, channels);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The settings of a 3D U-Net. Peers can only average their weights where all of these agree. */
export interface UNetConfig {
  /** Channels of the images that the network sees: 1 to 64. @default 1 */
  readonly channels?: number;
  /** Classes that are told apart, background included: 2 to 256. */
  readonly classes: number;
  /** Channels of the finest level; each coarser level has twice as many. 1 to 256. */
  readonly baseFilters: number;
  /** Resolutions, the input's own included: 1 to 8. */
  readonly levels: number;
  /** `group` normalises 8 groups of channels (fewer where 8 does not divide them). */
  readonly norm: Normalisation;
  /** The reduction (z, y, x) from each level to the next: `levels - 1` entries of 1 to 4. */
  readonly pool: readonly Triple[];
}

const reduction = integer(1, 4);

const schema = v.strictObject({
  channels: v.optional(integer(1, 64)),
  classes: integer(2, 256),
  baseFilters: integer(1, 256),
  levels: integer(1, 8),
  norm: oneOf(normalisations),
  pool: v.array(triple(reduction, { rule: "must be [z, y, x]" }), "must be a list of [z, y, x]"),
});

/** Options of {@linkcode parseUNetConfig}. */
export interface ParseUNetConfigOptions {
  /** What the error names in front of the field. @default "model" */
  where?: string;
}

/**
 * Checks settings that come from a file, a peer or a user; the result is frozen.
 *
 * @throws {UserError} that names the first field at fault, the rule and the value.
 */
export function parseUNetConfig(value: unknown, options: ParseUNetConfigOptions = {}): UNetConfig {
  const { where = "model" } = options;
  const { channels = 1, ...others } = parseSettings(schema, value, { doing: "reading the model's settings", where });
  const config = Object.freeze({ ...(channels > 1 && { channels }), ...others }); // of one, as before there were several
  if (config.pool.length !== config.levels - 1) {
    throw new UserError("reading the model's settings: there must be one reduction fewer than levels", {
      where: `${where}, field "pool"`,
      value: `${config.pool.length} for ${config.levels} levels`,
    });
  }
  return config;
}

/** Channels of the images that the network sees. */
export function channelsOf({ channels = 1 }: Pick<UNetConfig, "channels">): number {
  return channels;
}

/** Channels of level `level`, 0 the finest. */
export function filtersAt(config: UNetConfig, level: number): number {
  return config.baseFilters * 2 ** level;
}

/** The factor (z, y, x) that a patch's extents must be multiples of: the product of the reductions. */
export function patchDivisor(config: Pick<UNetConfig, "pool">): Triple {
  return config.pool.reduce<Triple>(([z, y, x], [pz, py, px]) => [z * pz, y * py, x * px], [1, 1, 1]);
}

/**
 * Checks that patches of `shape` fit the network.
 *
 * @param shape [z, y, x]
 * @throws {UserError} if an extent is not a positive multiple of {@linkcode patchDivisor}.
 */
export function requirePatchShape(
  config: Pick<UNetConfig, "pool">,
  shape: readonly number[],
  where = "patch",
): void {
  const divisor = patchDivisor(config);
  const fits = shape.length === 3 &&
    divisor.every((factor, axis) => Number.isInteger(shape[axis]) && shape[axis] > 0 && shape[axis] % factor === 0);
  if (!fits) {
    throw new UserError(
      `checking the patch shape [z, y, x]: it must be positive multiples of [${divisor.join(", ")}], ` +
        "the product of the model's reductions",
      { where, value: `[${shape.join(", ")}]` },
    );
  }
}

/**
 * Reductions for patches of `shape` (z, y, x): each transition halves every even axis of at least 8 voxels
 * whose spacing is less than twice the finest such axis' (nnU-Net's rule, Isensee et al. 2021).
 *
 * @param shape voxels of a patch along z, y and x
 * @param options.levels resolutions of the network
 * @param options.spacing mm along z, y and x. @default [1, 1, 1]
 */
export function planPool(shape: Triple, options: { levels: number; spacing?: Triple }): Triple[] {
  const { levels, spacing = [1, 1, 1] } = options;
  const extent = [...shape], size = [...spacing];
  return Array.from({ length: levels - 1 }, () => {
    const finest = Math.min(...size.filter((_, axis) => extent[axis] % 2 === 0 && extent[axis] >= 8));
    const isHalved = (axis: number) => extent[axis] % 2 === 0 && extent[axis] >= 8 && size[axis] < 2 * finest;
    const factor = perAxis((axis) => isHalved(axis) ? 2 : 1);
    factor.forEach((times, axis) => {
      extent[axis] /= times;
      size[axis] *= times;
    });
    return factor;
  });
}

/**
 * What peers compare before they exchange weights: every setting under its own name, as text, so that a refusal can
 * say which one differs. `architecture` changes whenever the same settings come to mean another network.
 */
export function fingerprint(config: UNetConfig): Record<string, string> {
  return {
    "model.architecture": "unet3d/1",
    "model.baseFilters": String(config.baseFilters),
    ...(channelsOf(config) > 1 && { "model.channels": String(config.channels) }), // absent from older peers' settings
    "model.classes": String(config.classes),
    "model.levels": String(config.levels),
    "model.norm": config.norm,
    "model.pool": config.pool.map((factor) => factor.join("x")).join(","),
  };
}
