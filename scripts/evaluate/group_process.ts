/**
 * One group of cells in a process of its own: takes a `GroupRun` as JSON, prints a `GroupEvent` a line as JSON.
 *
 * @module
 */
import { formatCount } from "../../src/display/formats/count.ts";
import { runCommand } from "../../src/cli/command.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { runGroup } from "../../src/evaluation/running/group.ts";
import { endWithParent } from "../../src/studies/process.ts";
import { type GroupRun, writeEvent } from "./_group.ts";
import { openEvaluation } from "./_evaluation.ts";

await runCommand(async () => {
  endWithParent();
  const { request, cells }: GroupRun = JSON.parse(Deno.args[0]);
  const evaluation = await openEvaluation(request);
  const options = { ...request.engine, threads: request.engine.threads ?? 1, warn: console.error };
  const { name, detail, threads } = await startEngine(options);
  console.log(
    writeEvent({ kind: "engine", engine: `${name} (${detail}, ${formatCount(threads, "thread")})` }),
  );
  const group = { ...evaluation, fold: evaluation.folds[cells[0].fold], out: request.out };
  for await (const event of runGroup(cells, group)) console.log(writeEvent(event));
  Deno.exit(0);
});
