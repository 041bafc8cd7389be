/** The section `data`: which volumes a site has, and how they are prepared. */
import * as v from "valibot";
import { described, finite, integer, text, triple } from "../core/settings.ts";
import { PEER_DEFAULTS } from "./defaults.ts";

/** What peers and protocols alike may say of the volumes' geometry. */
export const geometryEntries = {
  fieldOfView: v.optional(
    finite(1, 5000, {
      description: "The longer in-plane extent, for data whose headers have lost the voxel size.",
      unit: "mm",
      otherwise: "as the headers say",
    }),
  ),
  sliceSpacing: v.optional(
    finite(0.01, 100, {
      description: "The distance between slices, for data whose headers have lost it.",
      unit: "mm",
      otherwise: "as the headers say",
    }),
  ),
  crop: v.optional(
    triple(finite(1, 5000), {
      rule: "must be a list of three, in mm: x, y, z",
      description: "The extent along x, y, z of what is kept of each volume about its middle.",
      unit: "mm",
      otherwise: "all of it",
    }),
  ),
};

const cases = (description: string) => described(v.array(text()), { description, unit: "case ids" });

const Split = v.strictObject({
  training: cases("Cases to pre-train with; they need no labels."),
  labelled: cases("Cases to fine-tune with."),
  probe: cases("Cases on which the representation's health is measured; they need no labels."),
  test: cases("Cases on which the networks are tested."),
});

/** The schema of a peer's section. */
export const dataSchema = v.strictObject({
  directory: text({ description: "A Decathlon, nnU-Net raw or plain folder of volumes." }),
  spacing: described(
    v.nullable(triple(finite(1e-3, 1e3), { rule: "must be null or a list of three, in mm: x, y, z" })),
    {
      description: "The spacing along x, y, z to which every volume is brought; null keeps each volume's own.",
      unit: "mm",
    },
  ),
  ...geometryEntries,
  split: v.optional(
    described(Split, { description: "Which cases serve for what.", otherwise: "drawn by seed and subject" }),
  ),
  labelled: v.optional(
    integer(0, 10_000, {
      description: "How many labelled cases to fine-tune with, where no split is given; 0: the site takes part as " +
        "one without labels does.",
      unit: "cases",
    }),
    PEER_DEFAULTS.labelled,
  ),
  labels: v.optional(
    described(v.record(v.string(), text(), "must be an object of names by label value"), {
      description:
        "The structures' names by label value, as the others' dataset.json has them: a site whose data name " +
        "none must know them to fine-tune with the others.",
      otherwise: "as the dataset names them",
    }),
  ),
  ahead: v.optional(
    integer(0, 64, {
      description: "Batches that a thread of its own prepares ahead while the engine trains; 0: each in its turn.",
      unit: "batches",
    }),
    2,
  ),
  memory: v.optional(
    finite(0.25, 1e6, {
      description: "How much memory the peer may take; volumes that need more are refused before anything starts.",
      unit: "GiB",
      otherwise: "80 % of the machine's where Deno may ask for it (--allow-sys), else 8",
    }),
  ),
});
