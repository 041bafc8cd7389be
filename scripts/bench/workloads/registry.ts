/**
 * The workloads by the kind of case: a new kind is one new file and one line here.
 *
 * @module
 */

import type { Case } from "../cases.ts";
import { batch } from "./batch.ts";
import { contrastive } from "./contrastive.ts";
import { convolution } from "./convolution.ts";
import { prediction } from "./prediction.ts";
import { training } from "./training.ts";
import type { Workload } from "./workload.ts";

const workloads = { batch, contrastive, convolution, prediction, training } as const;

/** Makes a case ready on the current engine. */
export async function prepareWorkload(one: Case): Promise<Workload> {
  const prepare = workloads[one.kind] as (one: Case) => Workload | Promise<Workload>;
  return await prepare(one);
}
