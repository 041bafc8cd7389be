/** What a site keeps of its training: the encoder, and the network that it fine-tuned. */
import { join } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { UserError } from "../core/errors.ts";
import { mirrorAxes } from "../data/augmentation/mirror.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { NORMALISATION } from "../data/normalise.ts";
import type { CommonDescription, ModelMember } from "../models/description.ts";
import { diceOf } from "../models/dice.ts";
import { writeModel } from "../models/folder.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { CaseCounts, Method } from "./events.ts";
import type { CaseDice, MemberReport } from "./report/schema.ts";
import type { KeptNetwork, KeptWeights } from "./trainer_api.ts";

/** What a kept model says of the run that it comes from. */
export interface KeepingFacts {
  /** How long it was trained. */
  trained: { rounds: number; steps: number };
  configuration: PeerConfiguration;
  dataset: Pick<Dataset, "name" | "labels" | "channels">;
  cases: CaseCounts;
  members: readonly Pick<MemberReport, "peerId" | "round" | "exchanges">[];
  /** The members' names by peer id, as far as a charter says them. */
  names: ReadonlyMap<string, string>;
}

/** Where the encoder lies in the folder of results. */
export const ENCODER = "encoder";

/** Where the network lies that was fine-tuned. */
export const MODEL = "model";

/** What is kept of several methods: the network from pre-training, and another only where there is no such. */
export function keptMethod(methods: readonly Method[]): Method | undefined {
  return methods.find((method) => method === "pretrained") ?? methods[0];
}

/** Keeps what was pre-trained. @returns its folder. @throws {UserError} if it cannot be written. */
export async function keepEncoder(facts: KeepingFacts, kept: KeptWeights): Promise<string> {
  const folder = join(facts.configuration.outputDirectory, ENCODER);
  await write(
    folder,
    { kind: "encoder", ...commonFacts(facts, kept), training: pretrainingOf(facts) },
    kept.vectors,
  );
  return folder;
}

/** Keeps the network that was fine-tuned. @returns its folder. @throws {UserError} if it cannot be written. */
export async function keepModel(
  facts: KeepingFacts,
  kept: KeptNetwork,
  { method, dice }: { method: Method; dice: readonly CaseDice[] },
): Promise<string> {
  const { configuration: { fineTune, outputDirectory }, dataset: { labels } } = facts;
  const { objective, ...pretraining } = pretrainingOf(facts);
  const { mode, rounds } = fineTune, { steps } = facts.trained;
  const axes = (mirroring: typeof fineTune.mirror) => mirrorAxes(mirroring ?? [], labels).axes;
  const folder = join(outputDirectory, MODEL);
  await write(folder, {
    kind: "segmentation",
    ...commonFacts(facts, kept),
    labels: Object.fromEntries(labels),
    training: {
      method,
      ...(method === "pretrained" && objective !== undefined && { objective }),
      ...pretraining,
      fineTuning: { mode, ...(mode === "federated" && { rounds }), steps },
    },
    prediction: {
      mirror: { trained: axes(fineTune.mirror), tested: axes(fineTune.testMirroring) },
      singleParts: { values: kept.singleParts, kept: fineTune.keepLargest },
    },
    dice: diceOf(dice, [...labels.values()]),
  }, kept.vectors);
  return folder;
}

/** @throws {UserError} that says how to go on. */
async function write(...model: Parameters<typeof writeModel>): Promise<void> {
  try {
    await writeModel(...model);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    const { message } = cause;
    throw new UserError(`${message}; started again, the peer goes on from its last checkpoint`, { cause });
  }
}

function commonFacts(
  { configuration: { name, data, network: { patch } }, dataset }: KeepingFacts,
  { network, tfjs }: KeptWeights,
): Omit<CommonDescription, "format" | "version" | "weights" | "training"> {
  const { spacing, fieldOfView, sliceSpacing, crop } = data;
  return {
    site: name,
    dataset: dataset.name,
    writtenAt: new Date().toISOString(),
    network,
    patch,
    preparation: {
      orientation: "RAS",
      spacing,
      ...(fieldOfView !== undefined && { fieldOfView }),
      ...(sliceSpacing !== undefined && { sliceSpacing }),
      ...(crop && { crop }),
      normalisation: NORMALISATION,
    },
    channels: dataset.channels ?? ["image"],
    versions: { syncytium: deno.version, deno: Deno.version.deno, tfjs },
  };
}

function pretrainingOf(
  { trained: { rounds }, configuration: { schedule: { stepsPerRound }, pretrain }, cases, members, names }:
    KeepingFacts,
): CommonDescription["training"] {
  const { training, labelled, test } = cases;
  return {
    ...(rounds > 0 && { objective: pretrain.objective }),
    ...{ rounds, stepsPerRound },
    cases: { training, labelled, test },
    members: members.map(({ peerId, round, exchanges }): ModelMember => {
      const name = names.get(peerId);
      return { ...(name !== undefined && { name }), peerId, rounds: round, exchanges };
    }),
  };
}
