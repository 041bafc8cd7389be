/**
 * Everything that a peer may be told, section by section: what its parser checks, and what its JSON Schema and
 * reference are made from.
 *
 * @module
 */
import * as v from "valibot";
import { described, integer, text } from "../core/settings.ts";
import { dataSchema } from "./data.ts";
import { PEER_DEFAULTS } from "./defaults.ts";
import { engineSchema } from "./engine.ts";
import { extensionsSchema } from "./extensions.ts";
import { fineTuningSchema } from "./fine_tuning.ts";
import { meshSchema } from "./mesh.ts";
import { networkSchema } from "./network.ts";
import { planSchema } from "./plan.ts";
import { peersPolicySchema } from "./policy.ts";
import { recordsSchema } from "./records.ts";
import { scheduleSchema } from "./schedule.ts";
import { webSchema } from "./web.ts";

/** The schema of a peer's configuration; what `pretrain` holds is checked by `parsePretrainConfig`. */
export const configurationSchema = v.strictObject({
  $schema: v.optional(text({ description: "Where editors find the JSON Schema of this file.", otherwise: "none" })),
  name: described(
    v.pipe(
      text(),
      v.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first"),
    ),
    { description: "How the site is called in logs and reports." },
  ),
  extensions: v.optional(extensionsSchema, []),
  seed: v.optional(
    integer(0, Number.MAX_SAFE_INTEGER, { description: "From which everything random is drawn." }),
    PEER_DEFAULTS.seed,
  ),
  stateDirectory: v.optional(
    text({ description: "The folder of keys, address book, checkpoints and audit log." }),
    "state",
  ),
  outputDirectory: v.optional(text({ description: "The folder of report and predictions." }), "results"),
  engine: v.optional(described(engineSchema, { description: "What the site computes with." }), {}),
  data: described(dataSchema, { description: "Which volumes the site has, and how they are prepared." }),
  plan: v.optional(
    described(planSchema, {
      description: "Plan together with the others: they exchange fingerprints of their volumes, and what the plan " +
        "decides on is left out of this file. With `data.spacing` and `network` as usual the plan is given: the " +
        "others take it over.",
      otherwise: "nothing is planned, and what others plan is not taken over",
    }),
  ),
  network: described(networkSchema, { description: "The U-Net that all sites train." }),
  schedule: v.optional(
    described(scheduleSchema, { description: "How long pre-training lasts, and how often weights are averaged." }),
    {},
  ),
  pretrain: v.optional(v.record(v.string(), v.unknown()), {}),
  fineTune: v.optional(described(fineTuningSchema, { description: "How networks are trained with labels." }), {}),
  policy: v.optional(
    described(peersPolicySchema, {
      description: "What the site lets go; its own affair, whatever the others have.",
    }),
    {},
  ),
  records: v.optional(
    described(recordsSchema, {
      description: "What the site writes down for those who follow its runs, and how long it keeps what is old.",
    }),
    {},
  ),
  mesh: described(meshSchema, { description: "Who belongs, how they find one another, and how they average." }),
  web: v.optional(
    described(webSchema, { description: "The live page of the site, for its administrator.", otherwise: "no page" }),
  ),
});
