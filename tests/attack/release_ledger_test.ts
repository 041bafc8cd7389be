import { assert, assertEquals } from "@std/assert";
import { MemberEncoder } from "../../scripts/attack/_member_encoder.ts";
import { ReleaseLedger } from "../../scripts/attack/_release_ledger.ts";
import { splitTaps } from "../../src/pretraining/tap.ts";
import { viewsFrom } from "../../src/pretraining/views.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { runRound } from "../pretraining/_fixtures.ts";
import { attackConfig, fieldCase, SITE, siteOf, SMALL_NETWORK } from "./_fixtures.ts";

const STEPS = 3;

Deno.test("the ledger names the place of each feature that a site released", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  // weights that stay, so that what was embedded then can be embedded again
  const config = attackConfig({ learningRate: 1e-8 });
  const cases = [fieldCase(1), fieldCase(2)];
  const site = await siteOf(cases, config);
  const encoder = new MemberEncoder({ config, network: SMALL_NETWORK });
  encoder.setWeights(await site.weights());
  const configuration = { ...SITE, schedule: { stepsPerRound: STEPS }, pretrain: config } as PeerConfiguration;
  const ledger = new ReleaseLedger(configuration, encoder, cases);
  const embedded: { tap: number; feature: Float32Array; id: string; position: readonly number[] }[] = [];
  for (const round of [1, 2]) {
    const { release } = await runRound(site, { round, steps: STEPS });
    const { places, partitions } = ledger.replay(round);
    assertEquals(partitions, release.partitions);
    for (let step = 1; step <= STEPS; step++) {
      const rng = new Rng(SITE.seed).fork(`site/${SITE.name}`).fork(`round ${round}`).fork(`step ${step}`);
      for (const order of [[0, 1], [1, 0]]) { // which of them it was shows in what matches
        const { images, places: seen } = viewsFrom({ cases, config })({ cases: order, seed: rng.fork("views").seed });
        const plans = encoder.plan(seen[1], rng.fork("objective"));
        const rows = await encoder.embed(images[1], plans);
        plans.forEach((plan, tap) => {
          encoder.positions(tap, plan, seen[1]).forEach((position, row) => {
            const feature = rows[tap].subarray(row * config.dimension, (row + 1) * config.dimension);
            embedded.push({ tap, feature, id: cases[order[plan.volumes[row]]].id, position });
          });
        });
      }
    }
    let row = 0;
    splitTaps(release, encoder.partitions, config.dimension).forEach(({ features, partitions }, tap) => {
      partitions.forEach((_, of) => {
        const feature = features.subarray(of * config.dimension, (of + 1) * config.dimension);
        const distance = (other: Float32Array) => Math.hypot(...other.map((value, i) => value - feature[i]));
        const alike = embedded.filter((entry) => entry.tap === tap && distance(entry.feature) < 1e-4);
        const { prepared, position } = places[row++];
        assert(
          alike.some((entry) =>
            entry.id === prepared.id && entry.position.every((value, axis) => Math.abs(value - position[axis]) < 1e-9)
          ),
          `round ${round}, row ${row - 1}: ${alike.length} alike`,
        );
      });
    });
  }
  encoder.dispose();
  await site.dispose();
});
