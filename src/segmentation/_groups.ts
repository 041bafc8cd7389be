/**
 * The parts of a network that are trained at rates of their own.
 *
 * @module
 */
import { AdamW, type Pull } from "../engine/optimiser.ts";
import type { NamedVariables } from "../model/layers.ts";
import type { UNet } from "../model/unet.ts";

/** Variables that are trained at a rate of their own. */
export interface ParameterGroup {
  readonly name: string;
  readonly variables: NamedVariables;
  /** Of the learning rate. */
  readonly share: number;
  /** The first step that moves them. */
  readonly from: number;
  readonly optimiser: AdamW;
}

/** Options of {@linkcode openGroups}. */
export interface GroupOptions {
  /** The encoder's rate as a share of the decoder's; 0: frozen. */
  encoderRate: number;
  /** The first step that moves the encoder. */
  encoderFrom: number;
  /** The rate of each of the encoder's levels as a share of that of the next coarser one. */
  levelDecay: number;
  /** The rate of those of the decoder's variables that are pre-trained, as a share of the others'; 0: frozen. */
  decoderRate: number;
  /** What is pre-trained, by name. */
  pretrained: ReadonlySet<string>;
  /** What is pulled back to the values that it has now; absent: nothing. */
  pull: Pull | undefined;
}

/** The share of the encoder's rate at which the variable `name` moves; 1 for the coarsest of `levels`. */
export function shareOfLevel(name: string, levels: number, levelDecay: number): number {
  const level = /^encoder\/level(\d+)\//.exec(name);
  return level === null ? 1 : levelDecay ** (levels - 1 - Number(level[1]));
}

/** The decoder and, unless it is frozen, the encoder; their optimisers are the caller's to dispose. */
export function openGroups(unet: UNet, options: GroupOptions): ParameterGroup[] {
  const { encoderRate, encoderFrom, levelDecay, decoderRate, pretrained, pull } = options;
  const inEncoder = (name: string) => shareOfLevel(name, unet.config.levels, levelDecay);
  const inDecoder = (name: string) => pretrained.has(name) ? decoderRate : 1;
  return [
    { name: "decoder", variables: unet.decoderVariables, share: 1, from: 0, shareOf: inDecoder },
    { name: "encoder", variables: unet.encoder.variables, share: encoderRate, from: encoderFrom, shareOf: inEncoder },
  ].filter(({ share }) => share > 0)
    .map(({ shareOf, ...group }) => ({ ...group, optimiser: new AdamW(group.variables, { shareOf, pull }) }));
}
