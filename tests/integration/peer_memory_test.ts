/** A real peer whose batch does not fit into its engine's memory. */
import { assertEquals, assertMatch } from "@std/assert";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

Deno.test("a batch that does not fit into memory ends the peer with one sentence that says what to lower", () =>
  withDirectory(async (directory) => {
    // the first map is of 128 x 32^3 x 128 values: 2 GiB, which are refused before any of them is touched
    const [site] = await makeConsortium(directory, 1, {
      engine: { name: "wasm" },
      network: { baseFilters: 128, levels: 2, patch: [32, 32, 32], pool: [[2, 2, 2]] },
      pretrain: { volumes: 128, decoderLevel: null, projections: [{ maps: ["bottleneck"] }] },
    });
    const { code, log } = await new WatchedPeer(site).end();
    assertEquals(code, 1, log);
    assertMatch(log, /^error: [^\n]* lower the batch[^\n]*no room for \d+ bytes[^\n]*\n$/);
  }));
