/**
 * `deno task view IMAGE|FOLDER [--truth FILE] [--prediction FILE]…`: volumes with what lies over them, in a browser on
 * this machine.
 *
 * @module
 */
import { formatCount } from "../display/formats/count.ts";
import { gather } from "../viewer/gather.ts";
import { serveViewer } from "../viewer/serve.ts";
import { defineCommand, integer, list, needed, path, several, text, withDefault } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";

/** More remarks than these are counted only. */
const MOST_TOLD = 5;

/** The command. */
export const view = defineCommand({
  name: "view",
  does: "shows volumes with truth and predictions over them, slices and 3D, in a browser on this machine",
  notes: [
    "A folder is a data set, a plain folder of images, a site's results or a demo's folder; of results, the images are",
    "found by the site's report. Over a folder lie folders, whose files are called as its cases.",
    "The page is served on 127.0.0.1, to who has its address only, until Ctrl-C; nothing leaves this machine.",
  ],
  arguments: {
    input: needed(
      path("IMAGE|FOLDER", "a .nii, .nii.gz, .mha or .nrrd, a slice of a DICOM series, or a folder of cases"),
    ),
  },
  flags: {
    truth: path("FILE", "label file, or folder of them (default: what the data set says)"),
    prediction: several(path("FILE", "predicted label file, or folder of them; may be given several times")),
    data: path("DIR", "the data set whose images results are of, or whose structures' names count"),
    labels: list(text("NAMES", "names of the structures with the values 1, 2 …, with commas between them")),
    port: withDefault(integer("N", "port of the page", { from: 0, to: 65_535 }), 0, "a free one"),
  },
  example: "scan.nii.gz --truth scan-label.nii.gz --prediction results/predictions/pretrained/scan.nii.gz",
  async run({ arguments: { input }, flags: { truth, prediction, data, labels, port } }) {
    const found = await gather({ input, truth, predictions: prediction, data, labels });
    using interrupted = interruption();
    const { url, finished } = await serveViewer(found, { port, signal: interrupted.signal });
    for (const remark of found.skipped.slice(0, MOST_TOLD)) console.error(`warning: ${remark}`);
    const more = found.skipped.length - MOST_TOLD;
    if (more > 0) console.error(`warning: likewise ${formatCount(more, "further case")}`);
    console.log(`${found.title}: ${formatCount(found.cases.length, "case")}, until Ctrl-C at\n${url}`);
    await finished;
  },
});

if (import.meta.main) await view.main();
