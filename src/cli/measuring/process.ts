/**
 * Measures a training in a process of its own: takes a `MeasureTask` as JSON, prints an `Answer`, and goes on computing
 * until it is ended, so that those which measure beside it have the machine as it will be.
 *
 * @module
 */
import { isUserError, messageOf } from "../../core/errors.ts";
import { channelCount } from "../../data/channels.ts";
import { openDataset } from "../../data/datasets/registry.ts";
import { type Plan, plannedSpacing } from "../../data/plan.ts";
import { prepareCase, type PreparedCase } from "../../data/prepare.ts";
import { formatCount } from "../../display/formats/count.ts";
import { startEngine } from "../../engine/engine.ts";
import { parseUNetConfig } from "../../model/config.ts";
import { loadExtensions } from "../../peer/extensions.ts";
import { measureTraining } from "../../planning/measuring/measure_training.ts";
import { endWithParent } from "../../studies/process.ts";
import { runCommand } from "../command.ts";
import type { Answer, MeasureTask } from "./task.ts";

const print = (answer: Answer) => console.log(JSON.stringify(answer));

const spacingOf = ({ source: { dims, spacing } }: PreparedCase, plan: Plan) => plannedSpacing(dims, spacing, plan);

async function measure(task: MeasureTask): Promise<void> {
  const { extensions, engine, data, plan, network, training, labelled, distances, ...options } = task;
  await loadExtensions(extensions, { where: "measuring" });
  const { name, detail, threads } = await startEngine({ ...engine, warn: () => {} });
  const dataset = await openDataset(data);
  const start = performance.now() / 1000;
  const byId = new Map(dataset.cases.map((reference) => [reference.id, reference]));
  const ids = [...new Set([...training, ...(labelled === undefined ? [] : [labelled])])];
  const prepared = new Map<string, PreparedCase>();
  let prepare = 0; // of the last: the first also warms up
  for (const id of ids) {
    const since = performance.now();
    prepared.set(id, await prepareCase(byId.get(id)!, plan, dataset));
    prepare = (performance.now() - since) / 1000;
  }
  const classes = Math.max(2, dataset.labels.size + 1);
  const measuring = {
    ...options,
    network: parseUNetConfig({ channels: channelCount(dataset), ...network, classes }),
    training: training.map((id) => prepared.get(id)!),
    ...(labelled !== undefined && { labelled: { prepared: prepared.get(labelled)!, reference: byId.get(labelled)! } }),
    ...(labelled !== undefined && distances && { spacing: spacingOf(prepared.get(labelled)!, plan) }),
    scheme: dataset,
  };
  const measured = await measureTraining(measuring);
  const on = `${name} (${detail}, ${formatCount(threads, "thread")})`;
  print({ kind: "measured", measured: { ...measured, start, prepare, engine: on } });
  for (;;) await measureTraining(measuring);
}

await runCommand(async () => {
  endWithParent();
  try {
    await measure(JSON.parse(Deno.args[0]));
  } catch (error) {
    if (!isUserError(error)) throw error;
    print({ kind: "mistake", message: messageOf(error) });
    Deno.exit(0);
  }
});
