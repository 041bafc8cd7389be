/**
 * A member that lies, as a process of its own: it has a site's configuration, keys and data like the others, is let in,
 * and then says what is not so.
 *
 * `deno run <a peer's permissions> scripts/byzantine/hostile_member.ts CONFIGURATION LIE[,LIE…]`; it ends when its
 * standard input does. Of several lies each tells what the ones before it leave open. The first line out is
 * {"type":"lying","peer":…}.
 *
 * @module
 */
import { sleep } from "../../src/core/deadline.ts";
import { Rng } from "../../src/core/rng.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { FrameChannel } from "../../src/mesh/protocols/channel.ts";
import { readConfiguration } from "../../src/peer/configuration.ts";
import { OF_FINE_TUNING, ONE_SIDED, sharedSettings } from "../../src/peer/shared_settings.ts";
import { settle } from "../../src/peer/state/settle.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";
import { isLie, type Lie, together } from "./_lies.ts";

/** How often it lies anew, and asks others to average, in milliseconds. */
const INTERVAL = 100;

const [path, lies] = [Deno.args[0], Deno.args[1]?.split(",")];
if (path === undefined || !lies?.every(isLie)) throw new TypeError("a configuration and a lie must be given");
const given = await readConfiguration(path);
const { stateDirectory, mesh: { consortium, members } } = given;
if (consortium === undefined || members === undefined) throw new TypeError("it must have a list of members");
const membership = { identity: await loadIdentity(stateDirectory), consortium, members, charter: undefined };
const { configuration, training } = await settle(given, membership);
const opened: TrainerOpened = await new Trainer().open(configuration, console.error, () => {}, training);
const { averaging: { outer: _, ...averaging }, ...settings } = configuration.mesh;
const mesh = new Mesh({
  ...settings,
  ...membership,
  averaging,
  settings: sharedSettings(given, opened),
  comparedIfBoth: OF_FINE_TUNING,
  oneSided: ONE_SIDED,
  stateDirectory,
  believe: "all",
});

const { says, vector, mass, release, pieceDelay }: Lie = together(lies);
if (pieceDelay !== undefined) serveEvery(pieceDelay);
const rounds = configuration.schedule.rounds;
const poison = vector?.(opened.vector, new Rng(5));
/** From now on every piece that this process gives is held back for so many milliseconds. */
function serveEvery(milliseconds: number): void {
  const { send } = FrameChannel.prototype;
  FrameChannel.prototype.send = async function (frame, signal) {
    if (frame.kind === "bytes") await sleep(milliseconds, signal);
    return await send.call(this, frame, signal);
  };
}

/** Takes back what averaging with the others has made of the lie. */
function lieAgain(round: number): void {
  if (!poison) return;
  mesh.averaging.initialise(poison, {
    ...{ layout: opened.layoutDigest, tensors: opened.layout, round },
    mass: mass ?? opened.cases.training,
  });
}

(async () => {
  for await (const { type } of mesh.events.subscribe()) if (type === "exchange") lieAgain(says(1, rounds));
})();
await mesh.start();
console.log(JSON.stringify({ type: "lying", peer: mesh.peerId }));
const gone = new AbortController();
(async () => {
  for (let tick = 0; !gone.signal.aborted; tick++) {
    const round = says(1 + Math.floor(tick / 10), rounds);
    lieAgain(round);
    if (release && tick % 10 === 0) await mesh.features.release({ ...release(opened), round: 1 + tick });
    await mesh.announceHead({ round });
    if (poison) await mesh.averaging.exchange({ signal: gone.signal });
    await sleep(INTERVAL, gone.signal);
  }
})().catch((error) => {
  if (!gone.signal.aborted) throw error;
});
for await (const _ of Deno.stdin.readable) { /* its end ends this process */ }
gone.abort();
Deno.exit();
