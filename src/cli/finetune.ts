/**
 * `deno task finetune --from MODEL|ENCODER --data DIR --out DIR`: fine-tunes a kept network on other labels.
 *
 * @module
 */
import { basename, resolve } from "@std/path";
import { memoryLimit } from "../core/memory_limit.ts";
import { formatCount } from "../display/formats/count.ts";
import { formatDice } from "../display/formats/dice.ts";
import { formatDuration } from "../display/formats/duration.ts";
import { formatNumber } from "../display/formats/number.ts";
import { printable } from "../display/formats/printable.ts";
import { meanOf } from "../display/statistics.ts";
import { type EngineName, startEngine } from "../engine/engine.ts";
import { finetune as run, type FinetuneEvent, OUTPUT } from "../finetuning/finetune.ts";
import { PEER_DEFAULTS } from "../settings/defaults.ts";
import { Interrupted, UsageError } from "./command.ts";
import { engineFlags, engineOf } from "./flags/engine.ts";
import { defineCommand, integer, needed, number, path, pattern, text, withDefault } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";
import { pacedLines } from "./paced_lines.ts";

type Trained = Extract<FinetuneEvent, { type: "trained" }>["progress"];

/** Lines on how far it is. A step that is told is on the disk. */
function progressLines(): (event: FinetuneEvent) => void {
  const checked = pacedLines(({ step, steps }) => `read ${step} of ${formatCount(steps, "label file")}`);
  const prepared = pacedLines(({ step, steps }) => `prepared ${step} of ${formatCount(steps, "case")}`);
  let since: { step: number; at: number } | undefined;
  const trained = ({ step, steps, loss, skipped, seconds }: Trained) => {
    const now = performance.now();
    const pace = since === undefined ? seconds : (now - since.at) / 1000 / (step - since.step);
    since = { step, at: now };
    const left = step === steps ? "" : `, ${formatDuration(pace * (steps - step))} left`;
    const lost = skipped > 0 ? `, ${formatCount(skipped, "step")} skipped` : "";
    return `step ${step}/${steps}, loss ${formatNumber(loss)}${lost}${left}`;
  };
  return (event) => {
    switch (event.type) {
      case "warning":
        return console.error(`warning: ${printable(event.message)}`);
      case "begun":
        return beginning(event).forEach((line) => console.log(line));
      case "checked":
        return checked(event);
      case "prepared":
        return prepared(event);
      case "planned":
        return console.log(
          `plan for ${event.minutes} min: ${formatCount(event.steps, "step")}, ` +
            `${formatNumber(event.stepSeconds)} s each`,
        );
      case "resumed":
        return console.log(`goes on after step ${event.step} of ${event.steps}`);
      case "trained":
        return console.log(trained(event.progress));
      case "tested":
        return console.log(
          `tested ${printable(event.id)}, Dice ${formatDice(meanOf(event.rows.map((row) => row.dice)))}`,
        );
    }
  };
}

function beginning({ start, split, recipe }: Extract<FinetuneEvent, { type: "begun" }>): string[] {
  const { origin: { kind, site, dataset }, line } = start;
  const { labelled, unlabelled, test } = split;
  const others = recipe.unlabelled && unlabelled.length > 0
    ? `, ${formatCount(unlabelled.length, "volume")} without labels`
    : "";
  return [
    `${kind === "encoder" ? "encoder" : "model"} of ${printable(site)}, data set ${printable(dataset)}; ${line}`,
    `${formatCount(labelled.length, "labelled case")}${others}, ${formatCount(test.length, "test case")}, ` +
    formatCount(recipe.steps, "step"),
  ];
}

/** The command. */
export const finetune = defineCommand({
  name: "finetune",
  does: "fine-tunes a kept model or encoder on other labels, on one machine, and tests what comes of it",
  notes: [
    "Spacing, patch, network and normalisation are those of the kept one; the layer that tells the structures apart is",
    "new where the labels differ. Called again after a kill, the same command goes on from its last checkpoint.",
  ],
  flags: {
    from: needed(path("DIR", "the kept one's folder: results/model or results/encoder of a site")),
    data: needed(path("DIR", "a data set with labels; volumes without are learnt from, too")),
    out: needed(path("DIR", `where ${OUTPUT.model}, predictions of the test cases and scores are written`)),
    labelled: withDefault(
      pattern("N", "labelled cases to train with, of as many subjects as possible, or all", {
        rule: "be a whole number of at least 1, or all",
        form: /^(all|[1-9]\d{0,8})$/,
      }),
      "all",
    ),
    test: withDefault(
      number("SHARE", "below 1 the share of labelled subjects kept for test, else how many cases; whole subjects", {
        from: 0,
      }),
      0.25,
    ),
    steps: {
      ...integer("N", "training steps", { from: 1, to: 1_000_000 }),
      shown: `${PEER_DEFAULTS.fineTuning.steps}`,
    },
    minutes: {
      ...number("M", "end within M minutes of each start: fewer steps where there is no time for all", { above: 0 }),
      shown: "no limit",
    },
    seed: withDefault(integer("N", "decides which cases are used for what, and what is drawn", { from: 0 }), 1),
    checkpointEvery: withDefault(integer("N", "steps between two checkpoints, each told in a line", { from: 1 }), 20),
    name: { ...text("NAME", "what the model calls the site that keeps it"), shown: "the name of --out" },
    memory: { ...number("GIB", "memory that may be taken", { above: 0 }), shown: "80 % of the machine's" },
    ...engineFlags,
  },
  example: "--from results/model --data data/Task09_Spleen --out spleen --labelled 5",
  async run({ flags }) {
    const { from, data, out, labelled, test, steps, minutes, seed, checkpointEvery, memory } = flags;
    if (test >= 1 && !Number.isInteger(test)) {
      throw new UsageError("the flag --test must be a share below 1 or a whole number of cases", {
        value: String(test),
      });
    }
    const { engine: asked, ...chosen } = engineOf(flags);
    const warn = (message: string) => console.error(`warning: ${message}`);
    using interrupted = interruption();
    const { signal } = interrupted;
    try {
      const { model, dice, wasFinished } = await run({
        ...{ from, data, out, test, steps, minutes, seed, checkpointEvery, signal },
        labelled: labelled === "all" ? "all" : Number(labelled),
        name: flags.name ?? basename(resolve(out)),
        memory: memoryLimit(memory),
        ...(asked !== undefined && asked !== "auto" && { engine: asked }),
        async startEngine(name) {
          const engine = await startEngine({ ...chosen, engine: (name ?? "auto") as EngineName | "auto", warn });
          console.log(`${engine.name} engine, ${formatCount(engine.threads, "thread")}`);
          return engine.name;
        },
        onEvent: progressLines(),
      });
      if (wasFinished) console.log("this fine-tuning is finished: nothing is left to do");
      if (dice) console.log(`Dice ${formatDice(dice.mean)} on ${formatCount(dice.cases, "test case")}`);
      console.log(`model in ${model}`);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Interrupted(`${signal.reason.message}; called again, it goes on from its last checkpoint`);
    }
  },
});

if (import.meta.main) await finetune.main();
