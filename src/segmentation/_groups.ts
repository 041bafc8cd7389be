/**
 * The parts of a network that are trained at rates of their own.
 *
 * @module
 */
import { AdamW } from "../engine/optimiser.ts";
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
}

/** The decoder and, unless it is frozen, the encoder; their optimisers are the caller's to dispose. */
export function openGroups(unet: UNet, { encoderRate, encoderFrom }: GroupOptions): ParameterGroup[] {
  return [
    { name: "decoder", variables: unet.decoderVariables, share: 1, from: 0 },
    { name: "encoder", variables: unet.encoder.variables, share: encoderRate, from: encoderFrom },
  ].filter(({ share }) => share > 0).map((group) => ({ ...group, optimiser: new AdamW(group.variables) }));
}
