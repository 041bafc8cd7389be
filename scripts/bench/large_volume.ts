/**
 * How much memory a large volume takes: `deno task bench volume --help`. `scripts/bench/large_volume.md` is what
 *
 *     deno task --quiet bench volume > scripts/bench/large_volume.md
 *
 * printed.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import type { Triple } from "../../src/core/triple.ts";
import { memoryOf } from "../../src/data/checks/memory.ts";
import { readHeaderOf } from "../../src/data/formats/registry.ts";
import { defineCommand, integer, number, withDefault } from "../../src/cli/flags/mod.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { describeMachine } from "./machine.ts";
import type { LargeVolumeFigures, LargeVolumeTask } from "./large_volume_process.ts";

const PROCESS = fromFileUrl(new URL("large_volume_process.ts", import.meta.url));
/** An ordinary CT of thorax and abdomen. */
const DIMS: Triple = [512, 512, 520];
/** Coarse, and the volume's own. */
const PLANS: readonly { name: string; spacing: Triple | null; patch: Triple }[] = [
  { name: "8 mm", spacing: [8, 8, 8], patch: [32, 32, 32] },
  { name: "its own, 1 mm", spacing: null, patch: [64, 64, 64] },
];

/** The command. */
export const benchVolume = defineCommand({
  name: "bench volume",
  does: "how much memory a volume of 512x512x520 takes: loaded, predicted, written, scored",
  notes: [
    "The phantom is made anew, in a folder that is removed again. Windows that overlap take longer, not more memory.",
  ],
  flags: {
    classes: withDefault(integer("N", "background included", { from: 2, to: 16 }), 4),
    overlap: withDefault(number("SHARE", "of a window that the next one covers again", { from: 0, to: 0.9 }), 0),
    seed: withDefault(integer("N", "of phantom and network", { from: 0 }), 1),
  },
  example: "--classes 2",
  async run({ flags: { classes, overlap, seed }, args }) {
    const began = performance.now(), startedAt = new Date().toISOString(), machine = describeMachine();
    const directory = await Deno.makeTempDir({ prefix: "syncytium-volume-" });
    try {
      const base = { directory, dims: DIMS, classes, seed, overlap };
      console.error("making the phantom");
      await runTask({ ...base, ...PLANS[0], do: "make" });
      const rows: string[] = [];
      let engine = "";
      for (const { name, spacing, patch } of PLANS) {
        console.error(`measuring: spacing ${name}`);
        const figures = await runTask({ ...base, spacing, patch, do: "measure" });
        const [image, label] = [
          await readHeaderOf(`${directory}/image.nii.gz`),
          await readHeaderOf(`${directory}/label.nii.gz`),
        ];
        const { held, passing } = memoryOf({ image, label }, { plan: { spacing }, patch, classes });
        rows.push(row(name, patch, figures, held + passing));
        engine = figures.engine;
      }
      const command = ["deno task --quiet bench volume", ...args].join(" ");
      const took = formatDuration((performance.now() - began) / 1000);
      const lines = [startedAt, ...machine, `took ${took}, phantom included`, `seed ${seed}, engine ${engine}`];
      console.log(page({ command, lines, classes, overlap, rows }));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

async function runTask(task: LargeVolumeTask): Promise<LargeVolumeFigures> {
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];
  const args = ["run", "--no-prompt", ...permissions, PROCESS, JSON.stringify(task)];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new UserError("measuring a large volume: its process has failed", { value: decoder.decode(stderr) });
  }
  return JSON.parse(decoder.decode(stdout));
}

function row(name: string, patch: Triple, figures: LargeVolumeFigures, estimate: number): string {
  const { shape, startBytes, loadBytes, peakBytes, loadSeconds, predictSeconds } = figures;
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const cells = [
    ...[name, shape.toReversed().join("x"), patch.join("x"), mib(startBytes), mib(loadBytes), mib(peakBytes)],
    ...[mib(estimate), loadSeconds.toFixed(0), predictSeconds.toFixed(0)],
  ];
  return `| ${cells.join(" | ")} |`;
}

interface Page {
  command: string;
  lines: readonly string[];
  classes: number;
  overlap: number;
  rows: readonly string[];
}

function page({ command, lines, classes, overlap, rows }: Page): string {
  return `# ${command}

${lines.map((line) => `- ${line}`).join("\n")}

A volume of ${DIMS.join("x")} voxels, int16, packed, with a label of ${classes} classes, is loaded, then predicted by a
small U-Net (overlap ${overlap}), brought back to its own grid, written, and compared with its label. Memory is the largest
that was resident of the process so far, MiB. The check of headers (\`src/data/checks/memory.ts\`) takes the volume to
need the estimate, beside the process.

| spacing | prepared | patch | at the start | loaded | predicted | estimate | loading, s | predicting, s |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}`;
}
