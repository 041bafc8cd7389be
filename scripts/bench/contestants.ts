/**
 * Who can be measured on this machine: the engines and PyTorch, each in a process of its own.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { engines, type StartEngineOptions } from "../../src/engine/engine.ts";
import type { BenchOptions } from "./_options.ts";
import { PYTORCH } from "./figures.ts";
import { type Description, MeasuredProcess } from "./measured_process.ts";

const here = (file: string) => fromFileUrl(new URL(file, import.meta.url));

/** The permissions that an engine needs. */
const PERMISSIONS = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];

/** One of those who can be measured. */
export interface Candidate extends Description {
  readonly name: string;
  /** A fresh process, so that each case's memory is its own. */
  start(): MeasuredProcess;
}

/** One way of PyTorch to compute. */
export interface PytorchWay {
  /** The name of its figures; begins with {@linkcode PYTORCH}. */
  readonly name: string;
  readonly device: "cpu" | "cuda";
  /** Without tensor cores, with TF32, or by autocast to bfloat16. @default "float32" */
  readonly precision?: "float32" | "tf32" | "bf16";
  /** Volumes in memory with their channels last (channels_last_3d). @default false */
  readonly channelsLast?: boolean;
  /** By torch.compile. @default false */
  readonly compiled?: boolean;
}

/** PyTorch as most use it on the processor, and its own means to be faster there. */
const ON_THE_PROCESSOR: readonly PytorchWay[] = [
  { name: PYTORCH, device: "cpu" },
  { name: `${PYTORCH} channels_last_3d`, device: "cpu", channelsLast: true },
  { name: `${PYTORCH} compiled`, device: "cpu", compiled: true },
  { name: `${PYTORCH} channels_last_3d compiled`, device: "cpu", channelsLast: true, compiled: true },
];

/** The ways that take part. */
function pytorchWays(device: BenchOptions["device"]): readonly PytorchWay[] {
  if (device === "cpu") return ON_THE_PROCESSOR;
  const precision = { cuda: "float32", "cuda-tf32": "tf32", "cuda-bf16": "bf16" } as const;
  const way = { device: "cuda", precision: precision[device] } as const;
  return [{ name: PYTORCH, ...way }, { name: `${PYTORCH} compiled`, ...way, compiled: true }];
}

/** How PyTorch's process is started. */
export function pytorchCommand(
  { python, threads }: Pick<BenchOptions, "python" | "threads">,
  { device, precision = "float32", channelsLast, compiled }: Omit<PytorchWay, "name">,
): [string, ...string[]] {
  const how = ["--threads", String(threads), "--device", device, "--precision", precision];
  const means = [...(channelsLast ? ["--channels-last"] : []), ...(compiled ? ["--compile"] : [])];
  return [python, "-B", here("pytorch_reference.py"), ...how, ...means];
}

/** How an engine's process is started. */
export function engineCommand(
  engine: string,
  { threads, adapter, activations }: Pick<StartEngineOptions, "threads" | "adapter" | "activations">,
): [string, ...string[]] {
  const settings = JSON.stringify({ engine, threads, adapter, activations });
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", ...PERMISSIONS, here("engine_process.ts"), settings];
}

/** The name of a card's figures with activations in 16 bits. */
export const HALVES = "webgpu float16";

/**
 * The engine webgpu with activations in 16 bits.
 *
 * @throws {UserError} if the card has no such floats, or is wrong with them.
 */
export async function openHalves(
  options: Pick<BenchOptions, "threads" | "adapter">,
  patience?: number,
): Promise<Candidate> {
  const command = engineCommand("webgpu", { ...options, activations: "float16" });
  const candidate = await openCandidate(HALVES, command, patience);
  if (candidate.detail.endsWith("activations in float16")) return candidate;
  throw new UserError("the card must have 16-bit floats (shader-f16) and be right with them; it stores 32 bits", {
    value: candidate.detail,
  });
}

/**
 * The engines that start, in the registry's order, then PyTorch.
 *
 * @param onMissing told of each that does not start, and why.
 */
export async function findCandidates(
  options: BenchOptions,
  onMissing: (name: string, reason: string) => void,
): Promise<Candidate[]> {
  const wanted = options.engines ?? engines.map(({ name }) => name);
  const found: Candidate[] = [];
  /** Whether it is there. */
  const tryOne = async (name: string, open: () => Promise<Candidate>) => {
    try {
      found.push(await open());
      return true;
    } catch (error) {
      onMissing(name, messageOf(error));
      return false;
    }
  };
  for (const name of wanted) {
    const isThere = await tryOne(name, () => openCandidate(name, engineCommand(name, options)));
    if (isThere && name === "webgpu") await tryOne(HALVES, () => openHalves(options));
  }
  // where there is no PyTorch, that is said once
  for (const way of pytorchWays(options.device)) {
    const patience = way.compiled ? options.patience : undefined;
    if (!await tryOne(way.name, () => openCandidate(way.name, pytorchCommand(options, way), patience))) break;
  }
  return found;
}

/**
 * Asks a fresh process what it is.
 *
 * @param patience seconds that its processes may take for an answer; none: they are waited for
 * @throws {UserError} if it does not start.
 */
export async function openCandidate(
  name: string,
  command: [string, ...string[]],
  patience?: number,
): Promise<Candidate> {
  const start = () => MeasuredProcess.start(name, command, patience);
  return { name, start, ...await describe(start()) };
}

async function describe(process: MeasuredProcess): Promise<Description> {
  try {
    const { detail, threads, gflops } = await process.ask<Description>({ do: "describe" });
    return { detail, threads, gflops };
  } finally {
    await process.stop();
  }
}
