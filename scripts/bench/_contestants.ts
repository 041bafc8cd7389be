/**
 * Who can be measured on this machine: the engines and PyTorch, each in a process of its own.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { messageOf } from "../../src/core/errors.ts";
import { engines } from "../../src/engine/engine.ts";
import type { BenchOptions } from "./_options.ts";
import { PYTORCH } from "./_figures.ts";
import { type Description, MeasuredProcess } from "./_measured_process.ts";

const here = (file: string) => fromFileUrl(new URL(file, import.meta.url));

/** The permissions that an engine needs. */
const PERMISSIONS = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];

/** One of those who can be measured. */
export interface Candidate extends Description {
  readonly name: string;
  /** A fresh process, so that each case's memory is its own. */
  start(): MeasuredProcess;
}

/** How PyTorch's process is started. */
export function pytorchCommand(
  { python, threads, device }: Pick<BenchOptions, "python" | "threads" | "device">,
): [string, ...string[]] {
  return [python, "-B", here("pytorch_reference.py"), "--threads", String(threads), "--device", device];
}

/** How an engine's process is started. */
function engineCommand(engine: string, { threads, adapter }: BenchOptions): [string, ...string[]] {
  const settings = JSON.stringify({ engine, threads, adapter });
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", ...PERMISSIONS, here("engine_process.ts"), settings];
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
  const commands: [string, [string, ...string[]]][] = [
    ...wanted.map((name): [string, [string, ...string[]]] => [name, engineCommand(name, options)]),
    [PYTORCH, pytorchCommand(options)],
  ];
  const found: Candidate[] = [];
  for (const [name, command] of commands) {
    const start = () => MeasuredProcess.start(name, command);
    try {
      found.push({ name, start, ...await describe(start()) });
    } catch (error) {
      onMissing(name, messageOf(error));
    }
  }
  return found;
}

async function describe(process: MeasuredProcess): Promise<Description> {
  try {
    const { detail, threads, gflops } = await process.ask<Description>({ do: "describe" });
    return { detail, threads, gflops };
  } finally {
    await process.stop();
  }
}
