/** The section `network`: the U-Net that all sites train. */
import * as v from "valibot";
import { described, integer, oneOf, triple } from "../core/settings.ts";
import { normalisations } from "../model/config.ts";
import { type NetworkDefaults, PEER_DEFAULTS } from "./defaults.ts";

/** What peers and protocols alike say of a network, by its defaults. */
export function networkEntries({ baseFilters, levels, norm }: NetworkDefaults) {
  return {
    baseFilters: v.optional(
      integer(1, 256, {
        description: "Channels of the finest level; each coarser level has twice as many.",
        unit: "channels",
      }),
      baseFilters,
    ),
    levels: v.optional(
      integer(2, 6, { description: "Resolutions, the input's own included.", unit: "levels" }),
      levels,
    ),
    norm: v.optional(
      oneOf(normalisations, {
        description:
          'How each convolution\'s output is normalised; "group": over 8 groups of channels, or fewer where 8 does ' +
          "not divide them.",
      }),
      norm,
    ),
  };
}

/** The schema of a peer's section. */
export const networkSchema = v.strictObject({
  ...networkEntries(PEER_DEFAULTS.network),
  patch: triple(integer(1, 512), {
    description: "Extent along z, y, x of a patch of fine-tuning, and of pre-training where `pretrain` says no other.",
    unit: "voxels",
  }),
  pool: described(v.array(triple(integer(1, 4))), {
    description: "Reductions along z, y, x from each level to the next: one entry fewer than there are levels.",
    unit: "factor",
  }),
});
