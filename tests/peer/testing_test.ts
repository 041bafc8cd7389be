import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { testMethod } from "../../src/peer/_testing.ts";
import { parseConfiguration } from "../../src/peer/configuration.ts";
import { ballCase } from "../segmentation/_balls.ts";

const network = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });

/** The bytes of a prediction by a fresh network, and how far the windows were. */
async function predicted(
  outputDirectory: string,
  fineTune: Record<string, unknown>,
  more: NamedVector[] = [],
  name = "ball",
) {
  const { baseFilters, levels, pool } = network;
  const settings = {
    ...{ name: "a", outputDirectory, fineTune, data: { directory: "data", spacing: null } },
    network: { baseFilters, levels, patch: [8, 8, 8], pool },
    mesh: { consortium: "test", members: ["12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF"] },
  };
  const configuration = parseConfiguration(settings, "site.json", "/");
  const unet = new UNet(network, new Rng(1));
  const weights = await readWeights(unet.variables);
  unet.dispose();
  const prepared = ballCase("a"), steps: [number, number][] = [];
  const tests = testMethod(
    [{ prepared, reference: { id: "a", subject: "a", image: "a.nii" } }],
    [...weights, ...more],
    {
      ...{ configuration, network, method: "scratch", scheme: { labels: new Map([[1, name]]), ignore: undefined } },
      labelled: [],
      onProgress: ({ step, steps: all }) => steps.push([step, all]),
    },
  );
  const [{ path }] = await Array.fromAsync(tests);
  return { bytes: await Deno.readFile(path), steps };
}

Deno.test("test volumes are mirrored along the axes that are set, and windows are counted as they are without", async () => {
  await startEngine({ engine: "cpu" });
  const directory = await Deno.makeTempDir();
  try {
    const plain = await predicted(directory, {});
    assertEquals(await predicted(directory, { testMirroring: [] }), plain);
    const logits = { name: "decoder/level1/logits/bias", shape: [3], data: Float32Array.of(9, 9, 9) };
    assertEquals(await predicted(directory, { deepSupervision: true }, [logits]), plain); // they are training's alone
    const mirrored = await predicted(directory, { testMirroring: ["x", "z"] });
    assertNotEquals(mirrored.bytes, plain.bytes);
    assertEquals(mirrored.steps, plain.steps);
    assertEquals(
      await predicted(directory, { testMirroring: "auto" }, [], "left ball"), // not along x
      await predicted(directory, { testMirroring: ["z", "y"] }),
    );
    const [last, all] = plain.steps.at(-1)!;
    assert(last === all && all > 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
