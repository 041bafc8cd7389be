/**
 * `deno task doctor [--json]`: which engines work on this machine and how fast they are, what the others lack, and which
 * one a peer takes by itself.
 *
 * @module
 */
import { messageOf } from "../core/errors.ts";
import { type EngineInfo, type EngineName, engines, startEngine, type StartEngineOptions } from "../engine/engine.ts";
import { parseFlags, runCommand, UsageError } from "./command.ts";

const USAGE = "doctor [--threads N] [--adapter hardware|software] [--json]";

const HELP = [
  "  --threads N     processor threads that may compute (this machine's cores)",
  "  --adapter KIND  which graphics adapters may be taken: hardware, or software, which is for tests (hardware)",
  "  --json          one JSON object",
];

/** What was found of one engine: how it started, or what it lacks. */
type Finding = { engine: EngineName } & ({ info: EngineInfo } | { lacking: string });

/** Tries every engine, then the choice that a peer makes. */
async function examine(options: StartEngineOptions): Promise<{ findings: Finding[]; choice: EngineInfo }> {
  const findings: Finding[] = [];
  for (const { name: engine } of engines) {
    try {
      findings.push({ engine, info: await startEngine({ ...options, engine }) });
    } catch (error) {
      findings.push({ engine, lacking: messageOf(error) });
    }
  }
  return { findings, choice: await startEngine({ ...options, warn: () => {} }) };
}

function describe(finding: Finding): string {
  const name = finding.engine.padEnd(12);
  if ("lacking" in finding) return `${name} -  ${finding.lacking}`;
  const { detail, threads, gflops } = finding.info;
  return `${name} ok ${gflops.toFixed(1).padStart(8)} GFLOP/s, ${threads} thread${threads === 1 ? "" : "s"}, ${detail}`;
}

/** Prints what was found. */
export async function doctor(args: readonly string[]): Promise<void> {
  const { flags } = parseFlags(args, {
    usage: USAGE,
    help: HELP,
    boolean: ["json"],
    string: ["threads", "adapter"],
  });
  const { threads, adapter = "hardware" } = flags as Record<string, string | undefined>;
  if (threads !== undefined && !/^[1-9]\d{0,2}$/.test(threads)) {
    throw new UsageError(`the flag --threads must be an integer from 1 to 999, got ${threads}; usage: ${USAGE}`);
  }
  if (adapter !== "hardware" && adapter !== "software") {
    throw new UsageError(`the flag --adapter must be hardware or software, got ${adapter}; usage: ${USAGE}`);
  }
  const { findings, choice } = await examine({ threads: threads === undefined ? undefined : Number(threads), adapter });
  if (flags.json) {
    console.log(JSON.stringify({ engines: findings, choice }));
    return;
  }
  for (const finding of findings) console.log(describe(finding));
  console.log(`\nA peer takes the ${choice.name} engine here; GFLOP/s: a 3x3x3 convolution forward and backward.`);
}

if (import.meta.main) await runCommand(() => doctor(Deno.args));
