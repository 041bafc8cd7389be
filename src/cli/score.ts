/**
 * `deno task score --reference DIR --prediction DIR [--json]`: how good predictions are, case by case and class by class.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { textTable } from "../display/tables/text.ts";
import { scoresToCsv } from "../scoring/csv.ts";
import { scoresToJson } from "../scoring/json.ts";
import { type Scored, scoreFolders } from "../scoring/score_folders.ts";
import { caseTable, meanTable } from "../scoring/tables.ts";
import { SURFACE_TOLERANCE } from "../segmentation/metrics/surface_dice.ts";
import { defineCommand, list, needed, number, path, pattern, toggle, withDefault } from "./flags/mod.ts";
import { requireWritable, writeOutput } from "./output_file.ts";
import { pacedLines } from "./paced_lines.ts";

const WRITING = "writing scores";

/** Cases named in the last line. */
const SHOWN = 3;

function show({ rows, metrics }: Scored): string {
  const [cases, means] = [caseTable(rows, metrics), meanTable(rows, metrics)];
  const isMissed = cases.rows.some((cells) => cells.includes("missed"));
  return [textTable(cases), ...(isMissed ? [cases.note] : []), "", textTable(means), means.note].join("\n");
}

/** The command. */
export const score = defineCommand({
  name: "score",
  does: "how good predictions are against references: Dice, IoU, HD95, ASSD, surface Dice, volume",
  notes: [
    "Files of one name belong together (CASE.nii, CASE.nii.gz, CASE_0000.nii.gz). A case that cannot be scored is told,",
    "the others are scored, and the exit code is 1.",
  ],
  flags: {
    reference: needed(path("DIR", "label maps that count as the truth, or the data set that holds them in labelsTr")),
    prediction: needed(path("DIR", "label maps to be judged")),
    json: toggle("one JSON array instead of text, an object for each class of each case"),
    csv: path("FILE", "where to write the scores as comma-separated values"),
    tolerance: withDefault(
      number("MM", "distance within which surface Dice takes surfaces to agree", { from: 0 }),
      SURFACE_TOLERANCE,
    ),
    labels: {
      ...list(
        pattern("LIST", "values and names, such as 1=liver,2=spleen", {
          rule: "list values and names, such as 1=liver,2=spleen",
          form: /^\s*\d+\s*=.*\S/,
        }),
      ),
      shown: "dataset.json or model.json beside the files, else the references' values",
    },
  },
  example: "--reference data/labelsTr --prediction out --csv scores.csv",
  async run({ flags: { reference, prediction, json, csv, tolerance, labels } }) {
    if (csv !== undefined) await requireWritable(csv, WRITING);
    const tell = pacedLines(({ step, steps }) => `scored ${step} of ${steps} cases`, { write: console.error });
    const scored = await scoreFolders({
      ...{ reference, prediction, tolerance, labels },
      onProgress: tell,
      warn: (message) => console.error(`warning: ${message}`),
    });
    if (csv !== undefined) await writeOutput(csv, scoresToCsv(scored.rows), WRITING);
    if (json) console.log(scoresToJson(scored.rows));
    else if (scored.rows.length > 0) console.log(show(scored));
    const { faults } = scored;
    if (faults.length === 0) return;
    for (const [problem, own] of Map.groupBy(faults, (fault) => fault.problem)) {
      console.error(`not scored: ${own.map((fault) => fault.case).join(", ")}: ${problem}`);
    }
    const more = faults.length - SHOWN;
    throw new UserError(`scoring: every case must be scored, ${faults.length} of ${scored.cases} were not`, {
      where: faults.slice(0, SHOWN).map((fault) => fault.case).join(", ") + (more > 0 ? ` and ${more} more` : ""),
    });
  },
});

if (import.meta.main) await score.main();
