/**
 * `deno task doctor [--json]`: which engines work on this machine and how fast they are, what the others lack, and
 * which one a peer takes by itself; `deno task doctor --config FILE`: whether a site is ready to start.
 *
 * @module
 */
import "./environment.ts";
import { messageOf } from "../core/errors.ts";
import { formatCount } from "../display/formats/count.ts";
import { formatMeasured } from "../display/formats/measured.ts";
import { type EngineInfo, type EngineName, engines, startEngine, type StartEngineOptions } from "../engine/engine.ts";
import { tuneWebgpu } from "../engine/engines/webgpu.ts";
import { UsageError } from "./command.ts";
import { examineSite } from "./doctor/examine.ts";
import { type Finding, findingText, READINESS, readinessOf } from "./doctor/finding.ts";
import { engineFlags, engineOf } from "./flags/engine.ts";
import { defineCommand, path, toggle } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

/** What was found of one engine: how it started, or what it lacks. */
type EngineFinding = { engine: EngineName } & ({ info: EngineInfo } | { lacking: string });

/** Tries every engine, or the one that is named, and then takes the one that a peer takes by itself. */
async function examine(options: StartEngineOptions): Promise<{ findings: EngineFinding[]; choice: EngineInfo }> {
  const { engine: wanted = "auto" } = options;
  const findings: EngineFinding[] = [];
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

function describe(finding: EngineFinding): string {
  const name = finding.engine.padEnd(12);
  if ("lacking" in finding) return `${name} -  ${finding.lacking}`;
  const { detail, threads, gflops } = finding.info;
  return `${name} ok ${gflops.toFixed(1).padStart(8)} GFLOP/s, ${formatCount(threads, "thread")}, ${detail}`;
}

/** Tells of a site, and ends the process with what that comes to. */
async function tellOfSite(config: string, isJson: boolean): Promise<never> {
  const onFinding = isJson ? undefined : (finding: Finding) => console.log(findingText(finding));
  const findings = await examineSite(config, { onFinding });
  const readiness = readinessOf(findings);
  const said = { ready: "ready", warnings: "ready, but see the warnings", "not ready": "not ready: see the faults" };
  console.log(isJson ? JSON.stringify({ readiness, findings }) : `\n${config}: ${said[readiness]}`);
  Deno.exit(READINESS[readiness]);
}

/** The command. */
export const doctor = defineCommand({
  name: "doctor",
  does: "which engines work on this machine and how fast they are, and what the others lack; whether a site is ready",
  notes: [
    "With --config it looks at all that the site needs to start, calls the members, and says what to do about each",
    "finding; it ends with 0 (ready), 4 (warnings) or 1 (not ready). A running peer of the site is left alone.",
  ],
  flags: {
    config: path("FILE", "a site's configuration: whether the site is ready to start"),
    tune: toggle("measure the webgpu engine's tiles on this card, and keep the fastest for later"),
    ...engineFlags,
    json,
  },
  example: "--config site.json",
  async run({ flags: { json, config, tune, ...engine } }) {
    if (config !== undefined) {
      if (tune) throw new UsageError("--tune is about a card, not about a site: it does not go with --config");
      if (Object.keys(engineOf(engine)).length > 0) {
        throw new UsageError("with --config, engine, threads, adapter and activations are those of the configuration");
      }
      await tellOfSite(config, json);
    }
    if (tune) {
      const { tiles, file } = await tuneWebgpu(engine.adapter ?? "hardware", {
        onWidth: ({ channels, tile: { block, rowsPerThread }, milliseconds, tried }) =>
          console.error(
            `${channels} channels: blocks of ${block.join("x")}, ${
              formatCount(rowsPerThread, "voxel")
            } a thread, are ` +
              `the fastest of ${tried}: ${formatMeasured(milliseconds)} ms`,
          ),
      });
      console.error(`tuned the tiles of ${formatCount(tiles.size, "width")} of channels, kept in ${file}`);
    }
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
