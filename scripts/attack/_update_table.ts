/**
 * The attacks on weights as Markdown.
 *
 * @module
 */
import { meanOf, spreadOf } from "../../src/display/statistics.ts";
import { formatDifference } from "../../src/display/formats/difference.ts";
import { formatInterval } from "../../src/display/formats/interval.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making } from "../_study_page.ts";
import { areaUnderCurve, bootstrap, truePositives } from "./_detection.ts";
import { DELTA, sights, UPDATE_BUDGET, type UpdateResult } from "./_update_study.ts";

/** The share of non-members that may be taken for members. */
const FALSE_POSITIVES = 0.1;

/** The whole page, apart from what it means. */
export function renderUpdates(results: readonly UpdateResult[], making: Making): string {
  const rows = sights.flatMap(({ name }) => {
    const own = results.flatMap(({ sights }) => sights.filter((sight) => sight.name === name));
    if (own.length === 0) return [];
    // of a seed together: a site of one volume has one member only
    const groups = own.map(({ membership }) => ({
      members: membership.flatMap(({ members }) => members),
      nonMembers: membership.flatMap(({ nonMembers }) => nonMembers),
    }));
    const noise = meanOf(own.map(({ noise }) => noise))!;
    return [[
      name,
      noise > 0 ? formatNumber(noise, 2) : NONE,
      String(groups.reduce((sum, { members }) => sum + members.length, 0)),
      formatInterval(bootstrap(groups, areaUnderCurve)),
      formatInterval(bootstrap(groups, (group) => truePositives(group, FALSE_POSITIVES))),
      formatSpread(spreadOf(own.map(({ error, meanError }) => 1 - error / meanError)), formatDifference),
    ]];
  });
  const { trained, own, outsiders, begun, steps, simulated, candidateSteps, extent } = UPDATE_BUDGET;
  return [
    "# What a curious member makes of weights: phantoms",
    "",
    ...madeBy(results, making),
    "",
    `All begin with the same weights (${
      results[0].values.toLocaleString("en")
    } values are seen), which ${begun} steps on the attacker's ${own} volumes made.`,
    `Each site then trains one round of ${steps} steps of FCL from them, without others' features: of ${trained} volumes, each is a site of its own,`,
    "or three are. The attacker sees what the row says of what that adds: one site's own, as in plain averaging, or the mean over so many",
    "sites that a secure sum leaves once its own part is taken off. Noise: updates are clipped to their middle length, and each value gets the",
    `Gaussian noise of \`policy.weights\` (delta ${DELTA}); its length is given as a multiple of an update's. Nothing is made of other rounds.`,
    "",
    `Membership: whether a volume is one of those that the sites behind an update trained on, against ${outsiders} volumes of the same`,
    `scanners that nobody did. The attacker trains ${candidateSteps} steps on the volume alone, and scores how far the update that it sees points the same`,
    "way, less what all its own updates have in common. Area under the ROC curve (0.5 is chance), and members found where a tenth of the",
    "others is taken for members too; means over seeds, 95 % intervals from a bootstrap over volumes.",
    "",
    `Inversion: the mean of a site's volumes at ${extent} x ${extent} x ${extent}, by ridge regression that the attacker fits on ${simulated} updates which it made of its own`,
    "volumes in the sites' way. Explained: the share of the squared error of the mean of its own volumes that is taken away, mean ± sd",
    "over seeds; 0 or less: nothing was learnt.",
    "",
    markdownTable({
      header: ["what is seen", "noise", "members", "area under ROC", `found at ${FALSE_POSITIVES}`, "explained"],
      rows,
    }),
    "",
  ].join("\n");
}
