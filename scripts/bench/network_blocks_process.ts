/**
 * A real peer that watches its own main thread, from its start in the mesh to the end of its pre-training:
 * `network_blocks_process.ts CONFIGURATION` prints the `Blocks` of `_watch.ts` as JSON.
 *
 * @module
 */
import { runCommand } from "../../src/cli/command.ts";
import { readConfiguration } from "../../src/peer/configuration.ts";
import { runPeer } from "../../src/peer/peer.ts";
import { Watch } from "./_watch.ts";

await runCommand(async () => {
  const configuration = await readConfiguration(Deno.args[0]);
  const watch = new Watch();
  await runPeer(configuration, {
    emit: (event) => {
      if (event.type === "started") watch.start();
      if (event.type === "round" && event.round === event.rounds) watch.stop();
    },
  });
  console.log(JSON.stringify(watch.blocks));
  Deno.exit(0);
});
