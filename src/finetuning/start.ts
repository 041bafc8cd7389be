/**
 * What a fine-tuning takes over from the model or encoder that it begins with.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { NamedVector } from "../core/vectors.ts";
import { channelCount } from "../data/channels.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { classValues } from "../data/labels/classes.ts";
import type { Plan } from "../data/plan.ts";
import { printable } from "../display/formats/printable.ts";
import type { UNetConfig } from "../model/config.ts";
import type { ModelDescription, ModelOrigin } from "../models/description.ts";
import type { KeptModel } from "../models/folder.ts";

/** What is begun with. */
export interface Start {
  /** The kept one's, with as many classes as the dataset has. */
  readonly network: UNetConfig;
  /** What of the kept weights is taken over. */
  readonly pretrained: readonly NamedVector[];
  /** How volumes are prepared, as the kept one's were. */
  readonly plan: Plan;
  /** What the new model says that it is from. */
  readonly origin: ModelOrigin;
  /** Whether the layer that tells the structures apart is kept or new, and why, in a line. */
  readonly line: string;
  /** What is only suspicious, a sentence each. */
  readonly warnings: readonly string[];
}

/** The layer that tells the structures apart. */
const HEAD = "decoder/logits/";

const DOING = "fine-tuning a kept network";

/** @throws {UserError} if the dataset names no labels, has none, or has not the kept one's channels. */
export function startFrom({ description, vectors }: KeptModel, dataset: Dataset): Start {
  requireLabels(dataset);
  const warnings = requireChannels(description, dataset);
  const names = classNames(dataset.labels);
  const former = description.kind === "encoder" ? undefined : classNames(
    new Map(Object.entries(description.labels).map(([value, name]) => [Number(value), name])),
  );
  const isSame = former !== undefined && JSON.stringify(former) === JSON.stringify(names);
  const { preparation: { orientation: _, normalisation: __, ...plan }, network, site, kind, weights } = description;
  const listed = (all: readonly string[]) => all.map(printable).join(", ");
  const line = isSame
    ? `the layer that tells the structures apart is kept: the labels are the same (${listed(names)})`
    : former === undefined
    ? `the layer that tells the structures apart is new: an encoder has none (now ${listed(names)})`
    : `the layer that tells the structures apart is new: the labels differ (were ${listed(former)}; now ${
      listed(names)
    })`;
  return {
    network: { ...network, classes: names.length + 1 },
    pretrained: isSame ? vectors : vectors.filter(({ name }) => !name.startsWith(HEAD)),
    plan,
    origin: {
      ...{ kind, site, dataset: description.dataset, sha256: weights.sha256 },
      labelled: kind === "encoder" ? 0 : description.training.cases.labelled,
      head: isSame ? "kept" : "new",
    },
    ...{ line, warnings },
  };
}

/** The structures' names in the order of the network's classes. */
function classNames(labels: ReadonlyMap<number, string>): string[] {
  return classValues({ labels }).slice(1).map((value) => labels.get(value)!);
}

function requireLabels({ labels, cases, directory }: Dataset): void {
  if (labels.size === 0) {
    throw new UserError(`${DOING}: the data must name its labels`, { where: directory, value: "no labels" });
  }
  if (cases.some(({ label }) => label !== undefined)) return;
  throw new UserError(`${DOING}: the data must have labelled cases`, {
    where: directory,
    value: `no label file for any of ${cases.length}`,
  });
}

/** @returns a warning where channels of the same number have other names. */
function requireChannels({ channels }: ModelDescription, dataset: Dataset): string[] {
  const found = channelCount(dataset), listed = channels.map(printable).join(", ");
  if (found !== channels.length) {
    throw new UserError(
      `${DOING}: the images must have as many channels as those that it was trained with, ${channels.length} (${listed})`,
      { where: dataset.directory, value: found },
    );
  }
  const own = dataset.channels ?? [];
  if (own.length === 0 || own.join("\n") === channels.join("\n")) return [];
  return [
    `the channels are called ${own.map(printable).join(", ")}, those of the kept network ${listed}: ` +
    "they are taken to be the same, in this order",
  ];
}
