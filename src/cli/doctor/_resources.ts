/** Engine, memory and disk against what the run will need. */
import { format } from "@std/fmt/bytes";
import { isUserError, messageOf } from "../../core/errors.ts";
import type { MemoryLimit } from "../../core/memory_limit.ts";
import type { EngineInfo } from "../../engine/engine.ts";
import type { NetworkSettings } from "../../settings/types.ts";
import { type Finding, findingsOf } from "./finding.ts";

const bytes = (count: number) => format(count, { binary: true, maximumFractionDigits: 1 });

/** Below this a round of a small network takes many minutes, in GFLOP/s of a 3x3x3 convolution. */
const SLOW = 1;

/** How the configured engine starts. @param start throws if it does not */
export async function engineFindings(
  start: (warn: (message: string) => void) => Promise<EngineInfo>,
): Promise<Finding[]> {
  const { ok, warning, fault } = findingsOf("engine");
  const lines: Finding[] = [];
  try {
    const { name, detail, gflops } = await start((message) => {
      lines.push(warning(message, "deno task doctor tells what each engine lacks"));
    });
    const says = `${name} at ${gflops.toFixed(1)} GFLOP/s, ${detail}`;
    return [
      ...lines,
      gflops < SLOW
        ? warning(
          `${says}: training will take very long`,
          "see deno task doctor for faster engines, and docs/engines.md",
        )
        : ok(says),
    ];
  } catch (error) {
    if (!isUserError(error)) throw error;
    return [
      ...lines,
      fault(messageOf(error), 'leave "engine.name" at "auto"; deno task doctor tells what each engine lacks'),
    ];
  }
}

/** What the cases need of memory; undefined where it follows from a plan that is not made yet. */
export function memoryFindings(need: number | undefined, { bytes: limit, from }: MemoryLimit): Finding[] {
  const { ok, note, warning, fault } = findingsOf("memory");
  const where =
    { setting: '"data.memory" allows', machine: "the machine allows", assumption: "is taken to be there" }[from];
  if (need === undefined) {
    return [note(`what the run needs follows from the plan of the sites; ${where} ${bytes(limit)}`)];
  }
  const says = `the run needs about ${bytes(need)}; ${where} ${bytes(limit)}`;
  if (need <= limit) return [ok(says)];
  const remedy = 'a coarser "data.spacing", a smaller "data.crop", fewer cases in "data.split", or more memory';
  return [from === "assumption" ? warning(says, remedy) : fault(says, remedy)];
}

/** Of weights: what pre-training keeps beside them is their moving average and the optimiser's two moments. */
const COPIES = 4;
/** Checkpoints that lie on the disk at once: two whole ones and one that is being written. */
const CHECKPOINTS = 3;
/** Pre-training and both fine-tunings. */
const TRAININGS = 3;
/** Weights as results: model, encoder, and one that is written beside the one it takes the place of. */
const MODELS = 3;
/** Bytes of a record in the audit log, and of a round in the history. */
const RECORD = 512;
/** Report and pictures, the features of others in checkpoints, charter and address book. */
const BESIDE = 64 * 2 ** 20;

/** Weights of a U-Net, about: two convolutions of 3x3x3 on each level on either side. */
function weightsOf({ baseFilters, levels }: Pick<NetworkSettings, "baseFilters" | "levels">): number {
  let [weights, before] = [0, 1];
  for (let level = 0; level < levels; level++) {
    const filters = baseFilters * 2 ** level;
    weights += 27 * (before * filters + filters * filters);
    if (level < levels - 1) weights += 27 * 3 * filters * filters + 2 * filters * filters;
    before = filters;
  }
  return weights;
}

/** What decides how much a run writes. */
export interface RunSize {
  readonly network: Pick<NetworkSettings, "baseFilters" | "levels">;
  /** Of pre-training and of both fine-tunings. */
  readonly rounds: number;
  /** Members that something is sent to in a round. */
  readonly members: number;
  /** Voxels of all test cases, each of which has a prediction a method. */
  readonly tested: number;
}

/** What a run writes at most, about, in bytes: checkpoints, models, predictions, and logs. */
export function diskNeed({ network, rounds, members, tested }: RunSize): number {
  const weights = 4 * weightsOf(network);
  const logs = RECORD * rounds * (1 + 2 * members);
  return (TRAININGS * CHECKPOINTS * COPIES + MODELS) * weights + 2 * tested + logs + BESIDE;
}

/** Free bytes of a folder's disk against what the run will write there; undefined where it cannot be told. */
export function diskFindings(need: number, free: number | undefined, directory: string): Finding[] {
  const { ok, note, warning, fault } = findingsOf("disk");
  if (free === undefined) {
    return [note(`unknown how much is free at ${directory}; the run writes about ${bytes(need)}`)];
  }
  const what = "checkpoints, models, predictions and logs";
  const says = `the run writes about ${bytes(need)} (${what}); ${bytes(free)} are free at ${directory}`;
  if (free < need) return [fault(says, "free some, or put stateDirectory and outputDirectory on another disk")];
  if (free < 2 * need) return [warning(says, "free some: others may fill the disk meanwhile")];
  return [ok(says)];
}
