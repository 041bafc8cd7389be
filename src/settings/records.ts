/** The section `records`: what a site writes down for those who follow its runs, and how long it keeps it. */
import * as v from "valibot";
import { described, flag, integer, oneOf, text } from "../core/settings.ts";

const logSchema = v.strictObject({
  file: text({ description: "Where the log goes." }),
  format: v.optional(
    oneOf(["text", "json"], {
      description: "Lines with date, level and site for people, or one JSON object a line.",
    }),
    "text",
  ),
  size: v.optional(
    integer(1, 100_000, {
      description: "How large the file may grow; then it is renamed to FILE.1, FILE.1 to FILE.2, and so on.",
      unit: "MiB",
    }),
    16,
  ),
  files: v.optional(
    integer(1, 1000, {
      description: "Files that are kept, the growing one among them; the oldest one beyond is deleted.",
      unit: "files",
    }),
    8,
  ),
});

/** The schema of the section. */
export const recordsSchema = v.strictObject({
  curves: v.optional(
    flag({
      description: "Append loss, distance, health and Dice to `curves.csv` in the folder of results as they come.",
    }),
    false,
  ),
  log: v.optional(
    described(logSchema, {
      description: "A file that gets the log, whatever standard output shows.",
      otherwise: "none",
    }),
  ),
  finishedDays: v.optional(
    integer(0, 36_500, {
      description: "How long the checkpoints of a finished run are kept; they are deleted at its end or at a later " +
        "start. Without them it is finished for good: more rounds, or another fine-tuning, take a new training.",
      unit: "days",
      otherwise: "for ever",
    }),
  ),
  earlierRuns: v.optional(
    integer(0, 10_000, {
      description: "Of how many earlier trainings, which `--begin-anew` has moved to `before-N`, checkpoints and " +
        "predictions are kept at least; those of others are deleted at the start, unless `earlierDays` keeps them. " +
        "Models, reports, curves and splits stay.",
      unit: "trainings",
      otherwise: "all, unless `earlierDays` says otherwise",
    }),
  ),
  earlierDays: v.optional(
    integer(0, 36_500, {
      description: "How long checkpoints and predictions of earlier trainings are kept at least; those of others are " +
        "deleted likewise, unless `earlierRuns` keeps them.",
      unit: "days",
      otherwise: "for ever, unless `earlierRuns` says otherwise",
    }),
  ),
});
