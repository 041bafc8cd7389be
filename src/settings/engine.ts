/** The section `engine`: what a site computes with; its own affair. */
import * as v from "valibot";
import { flag, integer, oneOf } from "../core/settings.ts";
import { activationKinds, adapterKinds, engineNames } from "../engine/engines/engine.ts";

/** The schema of the section. */
export const engineSchema = v.strictObject({
  name: v.optional(
    oneOf(["auto", ...engineNames], {
      description: 'The tensor engine; "auto" takes the fastest that passes its self-test.',
    }),
    "auto",
  ),
  threads: v.optional(
    integer(1, 256, {
      description: "Processor threads that may compute.",
      unit: "threads",
      otherwise: "as many as there are cores",
    }),
  ),
  adapter: v.optional(
    oneOf(adapterKinds, { description: 'The kind of graphics adapter that may be taken; "software" is for tests.' }),
    "hardware",
  ),
  activations: v.optional(
    oneOf(activationKinds, {
      description:
        "How the webgpu engine stores what layers give; float16 halves its memory, all is computed in float32.",
    }),
    "float32",
  ),
  onLoss: v.optional(
    oneOf(["fallback", "stop"], {
      description: "When the device is lost in the middle of the work: go on with the next best engine, or stop.",
    }),
    "fallback",
  ),
  recompute: v.optional(
    flag({
      description:
        "Compute activations again for their gradients instead of keeping them: less memory for more time, " +
        "same results.",
    }),
    false,
  ),
});
