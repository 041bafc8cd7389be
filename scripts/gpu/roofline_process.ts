/**
 * Measures a card's ceilings, then the kernels of training steps by replay, in a process of its own. Prints a
 * `RooflineEvent` a line as JSON; its only argument is a `RooflineTask`.
 *
 * @module
 */
import { messageOf } from "../../src/core/errors.ts";
import { type AdapterKind, startEngine } from "../../src/engine/engine.ts";
import { openDevice } from "../../src/engine/kernels/webgpu/adapter.ts";
import { endWithParent } from "../../src/studies/process.ts";
import type { TrainingCase } from "../bench/cases.ts";
import { training } from "../bench/workloads/training.ts";
import { record, type Recording } from "../profile/recorder.ts";
import { countTraffic, type Traffic } from "../profile/traffic.ts";
import { type Ceilings, measureCeilings } from "./ceilings.ts";

/** What is measured. */
export interface RooflineTask {
  readonly adapter: AdapterKind;
  readonly small: boolean;
  readonly steps: readonly (TrainingCase & { readonly name: string })[];
}

/** What was found, in this order. */
export type RooflineEvent =
  | { readonly kind: "ceilings"; readonly ceilings: Ceilings }
  | { readonly kind: "step"; readonly name: string; readonly recording: Recording; readonly traffic: Traffic }
  | { readonly kind: "fault"; readonly name: string; readonly says: string };

function tell(event: RooflineEvent): void {
  console.log(JSON.stringify(event));
}

endWithParent();
const { adapter, small, steps }: RooflineTask = JSON.parse(Deno.args[0]);
let name = "ceilings";
try {
  const { device } = await openDevice(adapter);
  tell({ kind: "ceilings", ceilings: await measureCeilings(device, { small }) });
  device.destroy();
  await startEngine({ engine: "webgpu", adapter });
  for (const one of steps) {
    name = one.name;
    const workload = training(one);
    for (let warmUp = 0; warmUp < 2; warmUp++) await workload.step();
    const traffic = await countTraffic(workload.run);
    const start = performance.now();
    await workload.step();
    const milliseconds = performance.now() - start; // of a step that nobody records
    const { runs } = await record(workload.step, "replay");
    tell({ kind: "step", name, recording: { runs, milliseconds }, traffic });
    workload.dispose();
  }
} catch (error) {
  tell({ kind: "fault", name, says: messageOf(error) });
}
Deno.exit(0); // a thread of a driver may not survive an ordinary end
