/**
 * Writes down whom `deno task evaluate` trains on and tests, and on which grid, for programs that are not ours:
 * `deno run --no-prompt --allow-read --allow-write --allow-env --allow-sys scripts/evaluate/yardstick/split.ts
 * --dataset DIR --development --out FILE`. No volume is read, only headers.
 *
 * @module
 */
import { resolve } from "@std/path";
import { UsageError } from "../../../src/cli/command.ts";
import { defineCommand, integer, needed, path, withDefault } from "../../../src/cli/flags/mod.ts";
import { writeAtomically } from "../../../src/core/files.ts";
import { channelCount } from "../../../src/data/channels.ts";
import { tunedAlone } from "../../../src/evaluation/plan/roles.ts";
import { openEvaluation, protocolFor } from "../_evaluation.ts";
import { evaluateFlags } from "../_flags.ts";

const { dataset, protocol, development } = evaluateFlags;

/** The command. */
export const splitCommand = defineCommand({
  name: "split",
  does: "whom an evaluation trains on and tests at the sites that are fine-tuned, and on which grid, as JSON",
  flags: {
    ...{ dataset, protocol, development },
    fold: withDefault(integer("N", "which of the protocol's folds", { from: 1 }), 1),
    out: needed(path("FILE", "the JSON file")),
  },
  example: "--dataset PATH/TO/acdc --protocol acdc-few-labels-development --development --out out/split.json",
  async run({ flags: { fold, out, ...flags } }) {
    const directory = resolve(flags.dataset), protocol = flags.protocol ?? await protocolFor(directory);
    const { folds, plan, patch, roles, dataset } = await openEvaluation({
      ...{ dataset: directory, protocol, methods: ["scratch"], development: flags.development },
      engine: {},
      out: "",
    });
    const channels = channelCount(dataset);
    if (channels > 1) throw new UsageError(`the flag --dataset must be of one channel, got ${channels}`);
    if (fold > folds.length) {
      throw new UsageError(`the flag --fold must be at most the protocol's ${folds.length}, got ${fold}`);
    }
    const sites = tunedAlone(roles).map((place) => folds[fold - 1][place]);
    const used = new Set(sites.flatMap(({ training, test }) => [...training, ...test]));
    const cases = dataset.cases.filter(({ id }) => used.has(id)).map(({ id, image, label }) => [id, { image, label }]);
    await writeAtomically(
      out,
      JSON.stringify({
        ...{ dataset: dataset.name, protocol, development: flags.development, fold, plan, patch },
        labels: Object.fromEntries(dataset.labels),
        sites: sites.map(({ site, training, labelled, test }) => ({ site, training, labelled, test })),
        cases: Object.fromEntries(cases),
      }),
    );
  },
});

if (import.meta.main) await splitCommand.main();
