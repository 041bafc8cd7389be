/**
 * A model's card: what a person must know before using it, from what the model says of itself.
 *
 * @module
 */
import { formatCount } from "../display/formats/count.ts";
import { formatDice } from "../display/formats/dice.ts";
import { shortPeerId } from "../display/formats/peer_id.ts";
import { printable } from "../display/formats/printable.ts";
import { markdownTable } from "../display/tables/markdown.ts";
import type { ModelDescription, ModelMember, ModelOrigin, SegmentationDescription } from "./description.ts";

/** The card as Markdown. */
export function modelCard(description: ModelDescription): string {
  const { site, dataset, kind } = description;
  const title = kind === "segmentation" ? "Segmentation model" : "Pre-trained encoder";
  const sections = [
    `# ${title} of ${printable(site)}, data set ${printable(dataset)}`,
    kind === "segmentation" ? useOfModel(description) : USE_OF_ENCODER,
    `## Training\n\n${training(description)}`,
    ...(kind === "segmentation" ? [`## Dice\n\n${dice(description)}`] : []),
    `## Limits\n\n${limits(description).map((line) => `- ${line}`).join("\n")}`,
    `## Facts\n\n${facts(description)}`,
  ];
  return sections.join("\n\n") + "\n";
}

const USE_OF_ENCODER =
  "The contracting path of a 3D U-Net, trained without labels, and those levels of the expanding " +
  "path that were trained with it. It segments nothing before it is fine-tuned with labels.";

function useOfModel({ labels, channels }: SegmentationDescription): string {
  const structures = Object.entries(labels).map(([value, name]) => `${value} ${printable(name)}`).join(", ");
  const images = channels.length === 1
    ? "volumes of one channel"
    : `volumes of ${channels.length} channels (${channels.map(printable).join(", ")}, in this order)`;
  return `A 3D U-Net that segments ${structures}, in ${images} of any spacing and orientation:\n\n` +
    "```sh\ndeno task predict --model THIS_FOLDER --input FILE_OR_FOLDER --output NEW_FOLDER\n```";
}

function training({ training }: ModelDescription): string {
  const { method, objective, rounds, stepsPerRound, fineTuning, from, members } = training;
  const isPretrained = method !== "scratch" && objective !== undefined;
  const began = isPretrained
    ? `Pre-trained without labels (${objective}), ${formatCount(rounds, "round")} of ${
      formatCount(stepsPerRound, "step")
    }.`
    : from
    ? ""
    : "Begun from random weights.";
  const tuned = fineTuning && fineTunedBy(fineTuning);
  const parts = from ? [began, company(members), originOf(from), tuned] : [began, tuned, company(members)];
  return parts.filter(Boolean).join(" ");
}

function originOf({ kind, site, dataset, sha256, labelled, head }: ModelOrigin): string {
  const earlier = kind === "encoder"
    ? ""
    : `, which had been fine-tuned with ${formatCount(labelled, "labelled case")}`;
  const what = kind === "encoder" ? "encoder" : "model";
  const layer = head === "kept" ? "taken over with it" : "new";
  return `Begun from the ${what} of ${printable(site)}, data set ${
    printable(dataset)
  }${earlier} (SHA-256 ${sha256}); ` +
    `the layer that tells the structures apart is ${layer}.`;
}

function fineTunedBy({ mode, rounds = 0, steps }: NonNullable<ModelDescription["training"]["fineTuning"]>): string {
  const how = mode === "local" ? "by the site alone" : `together with the others in ${formatCount(rounds, "round")}`;
  return `Fine-tuned with labels, ${formatCount(steps, "step")}, ${how}.`;
}

/** With whom weights were averaged. */
function company(members: readonly ModelMember[]): string {
  const met = members.filter(({ exchanges }) => exchanges > 0);
  if (met.length === 0) return "No weights were averaged with another site.";
  const names = met.map(({ name, peerId, exchanges }) =>
    `${printable(name ?? shortPeerId(peerId))} (${formatCount(exchanges, "exchange")})`
  );
  const others = members.length - met.length;
  return `Weights were averaged with ${names.join(", ")}` +
    (others === 0 ? "." : `, and with ${formatCount(others, "other member")} not.`);
}

function dice({ dice, labels }: SegmentationDescription): string {
  if (dice === null) return "Not tested: the site kept no test case.";
  const rows = Object.values(labels).map((name) => {
    const { mean, cases } = dice.structures[name] ?? { mean: null, cases: 0 };
    return [printable(name), formatDice(mean), String(cases)];
  });
  return `Mean over ${formatCount(dice.cases, "test case")} of the same site: ${formatDice(dice.mean)}.\n\n` +
    markdownTable({ header: ["structure", "Dice", "cases"], rows });
}

function limits(description: ModelDescription): string[] {
  const { training: { cases }, preparation: { crop, fieldOfView } } = description;
  const lines = ["For research: it is no medical device, and nobody has approved it for decisions on patients."];
  if (description.kind === "segmentation") {
    const { dice, training: { fineTuning } } = description;
    const alone = fineTuning?.mode === "federated" ? ", and what the other sites have" : "";
    lines.push(
      cases.labelled === 0
        ? "The site has no labelled case: what it learnt of the structures is the other sites'."
        : `It learnt the structures from ${formatCount(cases.labelled, "labelled case")} of this site${alone}.`,
      dice === null
        ? "How good it is, is not known: it was not tested."
        : `It was tested on ${formatCount(dice.cases, "case")} of the site that trained it; other scanners, ` +
          "protocols and patients were not tried.",
    );
  }
  if (crop) lines.push(`Only ${crop.join(" x ")} mm (x, y, z) about each volume's middle are looked at.`);
  if (fieldOfView !== undefined) {
    lines.push(`The longer side of every slice is taken to be ${fieldOfView} mm, whatever a file says.`);
  }
  return lines;
}

function facts({ network, patch, preparation, weights, writtenAt, versions }: ModelDescription): string {
  const { spacing, normalisation: { name, percentiles } } = preparation;
  const rows = [
    ["spacing (x, y, z)", spacing === null ? "each volume's own" : `${spacing.join(" x ")} mm`],
    ["intensities", `${name}, clipped to percentiles ${percentiles.join(" and ")}`],
    ["patch (z, y, x)", patch.join(" x ")],
    ["network", `${network.levels} levels, ${network.baseFilters} filters at the finest, ${network.norm} norm`],
    ["weights", `${weights.values} numbers, SHA-256 ${weights.sha256}`],
    ["written", `${writtenAt}, syncytium ${versions.syncytium}, Deno ${versions.deno}, tfjs ${versions.tfjs}`],
  ];
  return markdownTable({ header: ["what", "value"], names: 2, rows });
}
