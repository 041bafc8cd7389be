/**
 * A peer as a program of one's own, which registers its variants itself: `deno run --config PROJECT/deno.json
 * <permissions> program.ts --config FILE` (README.md beside this file has the permissions).
 *
 * FILE names these modules in `extensions`, too, since the peer's training Worker is a thread that knows nothing of what
 * is registered in this one.
 *
 * @module
 */
import { readConfiguration, runPeer } from "../../mod.ts";
import "./aggregation_rule.ts";
import "./compressor.ts";
import "./dataset_layout.ts";
import "./objective.ts";
import "./topology.ts";

const file = Deno.args.at(Deno.args.indexOf("--config") + 1) ?? "configuration.json";
const report = await runPeer(await readConfiguration(file), {
  emit: (event) => console.log(JSON.stringify(event)),
  leaveWorker: true,
});
console.log(`pre-trained with ${report.objective}`);
Deno.exit(0); // the Worker is left to the end of the process, as the peer's own program does
