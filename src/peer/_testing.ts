/** Testing one method's network. */
import { join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";
import type { UNetConfig } from "../model/config.ts";
import { UNet } from "../model/unet.ts";
import { writeWeights } from "../model/weights.ts";
import { plannedSpacing } from "../data/plan.ts";
import { evaluateCase } from "../segmentation/evaluate.ts";
import { countWindows, type InferenceProgress } from "../segmentation/inference.ts";
import { singlePartValues } from "../segmentation/single_parts.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method } from "./events.ts";
import type { CaseDice } from "./report/schema.ts";

/** Larger volumes have no HD95: masks and distances take several bytes a voxel beside what predicting needs. */
const MEASURED_UP_TO = 2 ** 26;

/** Options of {@linkcode testMethod}. */
export interface TestOptions {
  configuration: PeerConfiguration;
  network: UNetConfig;
  method: Method;
  scheme: LabelScheme;
  /** The site's, which show what structures are like. */
  labelled: readonly PreparedCase[];
  /** @default 0 */
  first?: number;
  /** Told how many windows of all cases are predicted, and how many there are: a large case takes long. */
  onProgress: (progress: { step: number; steps: number }) => void;
}

/** A test case. */
export interface TestCase {
  prepared: PreparedCase;
  reference: CaseReference;
}

/** How a test case came out. */
export interface Tested {
  /** Where its prediction is. */
  path: string;
  dice: CaseDice;
}

/**
 * Predicts the test cases from `first` on, and scores them, one by one.
 *
 * @param weights of the fine-tuned network.
 */
export async function* testMethod(
  cases: readonly TestCase[],
  weights: readonly NamedVector[],
  options: TestOptions,
): AsyncGenerator<Tested, void, void> {
  const { configuration, network, method, scheme, labelled, first = 0, onProgress } = options;
  const { network: { patch }, fineTune: { testMirroring: mirror, keepLargest } } = configuration;
  const singleParts = keepLargest ? singlePartValues(labelled) : [];
  const predictions = join(configuration.outputDirectory, "predictions", method);
  await writing(predictions, () => Deno.mkdir(predictions, { recursive: true }));
  const unet = new UNet(network, new Rng(configuration.seed).fork("segmentation"));
  try {
    writeWeights(unet.variables, weights.filter(({ name }) => unet.variables.has(name))); // logits of training stay out
    const windows = cases.map(({ prepared: { shape } }) => countWindows(shape, { patch }));
    const upTo = (end: number) => windows.slice(0, end).reduce((sum, count) => sum + count, 0);
    const steps = upTo(cases.length);
    for (const [index, { prepared, reference }] of cases.entries()) {
      if (index < first) continue;
      const { id, source: { dims, spacing } } = prepared;
      const isMeasured = voxelCount(dims) <= MEASURED_UP_TO;
      const output = join(predictions, `${id}.nii.gz`);
      const before = upTo(index);
      const options = {
        ...{ segmenter: unet, scheme, patch, output, mirror, singleParts },
        ...(isMeasured && { spacing: plannedSpacing(dims, spacing, configuration.data) }),
        onProgress: ({ window }: InferenceProgress) => onProgress({ step: before + window, steps }),
      };
      const { measures = {} } = await writing(output, () => evaluateCase(prepared, reference, options));
      const figures = (name: "dice" | "hd95") =>
        Object.fromEntries(Object.entries(measures).map(([label, of]) => [label, of[name]]));
      const hd95 = isMeasured ? { hd95: figures("hd95") } : {};
      yield { path: output, dice: { case: id, method, perClass: figures("dice"), ...hd95 } };
    }
  } finally {
    unet.dispose();
  }
}

/** Does `work`; a failure of the operating system, such as a full disk, becomes a sentence about `path`. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new UserError(`testing: ${messageOf(cause)}; started again, the peer goes on from its last checkpoint`, {
      where: path,
      cause,
    });
  }
}
