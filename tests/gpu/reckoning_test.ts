/** What convolutions ask of a card's memory is reckoned right, and does not grow. */
import { assert, assertEquals } from "@std/assert";
import { reckon } from "../../scripts/gpu/reckoning.ts";
import { unet } from "../../scripts/bench/cases.ts";

Deno.test("blocks with halos ask less of a card's memory than a product in every pass, and no more than they did", () => {
  const passes = reckon(unet(32), { batch: 1, extent: 96 });
  assertEquals(passes.length, 30); // ten shapes of convolutions, three passes each
  for (const { name, pass, product, halo } of passes) {
    assert(halo < product / 2, `${name}, ${pass}: ${halo} B/FLOP, ${product} as a product`);
    assert(halo <= 0.035, `${name}, ${pass}: ${halo} B/FLOP`);
  }
  // by hand: a block of 4 x 8 x 8 with its halo 6 x 10 x 10, filters of 27 taps and 32 columns, and the result once
  const [{ halo, gigaOperations }] = passes;
  const perBlock = (600 + 27 * 32) * 32 + 256 * 32;
  assertEquals(halo, 4 * perBlock / (2 * 27 * 32 * 32 * 256));
  assertEquals(gigaOperations, 2 * 27 * 32 * 32 * 96 ** 3 / 1e9);
});
