import { assert, assertEquals } from "@std/assert";
import { decodeByPlace } from "../../scripts/attack/_decoders.ts";
import { derange, invert, likenessOf } from "../../scripts/attack/_inversion.ts";
import { explained } from "../../scripts/attack/_table.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";

const [CELLS, VALUES] = [4, 12];

/** Patches around a mean of their partition. */
function patches(count: number, rng: Rng) {
  const partitions = Int32Array.from({ length: count }, () => rng.int(CELLS));
  const targets = new Float32Array(count * VALUES);
  for (let i = 0; i < targets.length; i++) {
    targets[i] = Math.sin(1 + partitions[Math.floor(i / VALUES)] * 3 + i % VALUES) + 0.5 * rng.normal();
  }
  const volumes = Int32Array.from(partitions, () => rng.int(10));
  return { partitions, volumes, positions: Float32Array.from({ length: 3 * count }, () => rng.uniform()), targets };
}

/** The attack where the embedding is `featuresOf` the patch. */
async function attacked(featuresOf: (targets: Float32Array, rng: Rng) => Float32Array) {
  await startEngine({ engine: "wasm", threads: 1 });
  const rng = new Rng(4);
  const pairs = (count: number, name: string) => {
    const drawn = patches(count, rng.fork(name));
    return { ...drawn, features: featuresOf(drawn.targets, rng.fork(`${name} features`)) };
  };
  return await invert({
    ...{ projection: "any", partitions: CELLS, steps: 1500, rng: rng.fork("attack") },
    ...{ fit: pairs(2000, "fit"), check: pairs(200, "check"), victims: pairs(300, "victims") },
  });
}

Deno.test("features that are the pixels themselves are turned back to them", async () => {
  const figures = await attacked((targets) => targets.slice());
  for (const decoder of ["ridge", "network"] as const) {
    assert(explained(figures, figures[decoder]) > 0.9, `${decoder}: ${JSON.stringify(figures)}`);
    assert(figures[decoder].correlation > 0.97);
  }
  assert(figures.shuffled.correlation < figures.mean.correlation, "another's reconstruction tells less than the mean");
  assert(explained(figures, figures.shuffled) < 0);
});

Deno.test("features that are noise tell nothing beyond the mean patch of the partition", async () => {
  const figures = await attacked((targets, rng) => targets.map(() => rng.normal()));
  assert(figures.mean.correlation > 0.6, "position alone tells something");
  for (const decoder of ["ridge", "network"] as const) {
    const share = explained(figures, figures[decoder]);
    assert(share < 0.02 && share > -0.1, `${decoder}: ${share}`);
  }
});

Deno.test("beyond the exact place, an embedding tells what it holds of the volume, and nothing if it holds the place only", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  const beyond = async (tellsVolume: boolean) => {
    const rng = new Rng(5);
    // a value that follows the place along z, and another that is the volume's own
    const pairs = (count: number, volumes: number) => {
      const own = Float32Array.from({ length: volumes }, () => rng.normal());
      const number = Int32Array.from({ length: count }, (_, row) => row % volumes);
      const positions = Float32Array.from({ length: 3 * count }, () => rng.uniform());
      const rows = [...number].map((volume, row) => [Math.sin(6 * positions[3 * row]), own[volume]]);
      return {
        ...{ positions, volumes: number, partitions: new Int32Array(count) },
        targets: Float32Array.from(rows.flat()),
        features: Float32Array.from(rows.flatMap(([place, own]) => [place, tellsVolume ? own : 0])),
      };
    };
    const [fit, check, victims] = [pairs(1000, 50), pairs(200, 20), pairs(300, 20)];
    const { place, placeAndRidge } = await decodeByPlace({ fit, check }, victims);
    return 1 - likenessOf(placeAndRidge, victims.targets, 300).error / likenessOf(place, victims.targets, 300).error;
  };
  const [all, nothing] = [await beyond(true), await beyond(false)];
  assert(all > 0.9, `tells of the volume: ${all}`);
  assert(nothing < 0.05 && nothing > -0.05, `tells of the place only: ${nothing}`);
});

Deno.test("each row is paired with another of its partition, unless it is alone there", () => {
  const partitions = Int32Array.of(0, 1, 0, 2, 1, 0);
  const pairing = derange(partitions, new Rng(1));
  pairing.forEach((other, row) => {
    assertEquals(partitions[other], partitions[row]);
    assertEquals(other === row, row === 3);
  });
  assertEquals(new Set(pairing).size, 6);
});

Deno.test("likeness of equal, opposite and shifted rows", () => {
  const row = Float32Array.of(-1, 0, 1, 2);
  assertEquals(likenessOf(row, row, 1).error, 0);
  assert(Math.abs(likenessOf(row, row, 1).correlation - 1) < 1e-9);
  assert(Math.abs(likenessOf(row, row, 1).similarity - 1) < 1e-9);
  assert(Math.abs(likenessOf(row.map((value) => -value), row, 1).correlation + 1) < 1e-9);
  const shifted = likenessOf(row.map((value) => value + 3), row, 1);
  assert(Math.abs(shifted.correlation - 1) < 1e-9 && shifted.similarity < 0.6);
  assertEquals(shifted.error, 9);
});
