/**
 * `deno task doctor [--json]`: which engines work on this machine and how fast they are, what the others lack, and
 * which one a peer takes by itself.
 *
 * @module
 */
import { messageOf } from "../core/errors.ts";
import { formatCount } from "../display/formats/count.ts";
import { type EngineInfo, type EngineName, engines, startEngine, type StartEngineOptions } from "../engine/engine.ts";
import { engineFlags, engineOf } from "./flags/engine.ts";
import { defineCommand } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

/** What was found of one engine: how it started, or what it lacks. */
type Finding = { engine: EngineName } & ({ info: EngineInfo } | { lacking: string });

/** Tries every engine, or the one that is named, and then takes the one that a peer takes by itself. */
async function examine(options: StartEngineOptions): Promise<{ findings: Finding[]; choice: EngineInfo }> {
  const { engine: wanted = "auto" } = options;
  const findings: Finding[] = [];
  for (const { name: engine } of engines) {
    if (wanted !== "auto" && wanted !== engine) continue;
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
  return `${name} ok ${gflops.toFixed(1).padStart(8)} GFLOP/s, ${formatCount(threads, "thread")}, ${detail}`;
}

/** The command. */
export const doctor = defineCommand({
  name: "doctor",
  does: "which engines work on this machine and how fast they are, and what the others lack",
  flags: { ...engineFlags, json },
  example: "--engine wasm --threads 2",
  async run({ flags: { json, ...engine } }) {
    const { findings, choice } = await examine(engineOf(engine));
    if (json) {
      console.log(JSON.stringify({ engines: findings, choice }));
      return;
    }
    for (const finding of findings) console.log(describe(finding));
    console.log(`\nA peer takes the ${choice.name} engine here; GFLOP/s: a 3x3x3 convolution forward and backward.`);
  },
});

if (import.meta.main) await doctor.main();
