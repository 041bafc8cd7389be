/**
 * Predicts a file on command by a kept model, in a process of its own; see `measured_process.ts` for the requests. Its
 * only argument is a {@linkcode PredictTask} as JSON.
 *
 * @module
 */
import process from "node:process";
import { messageOf } from "../../src/core/errors.ts";
import { type EngineInfo, startEngine, type StartEngineOptions } from "../../src/engine/engine.ts";
import { readSegmentationModel } from "../../src/models/folder.ts";
import { Predictor } from "../../src/prediction/predictor.ts";
import { writeLabels } from "../../src/segmentation/predict_case.ts";
import { type Description, linesOf, type Request, type RunAnswer } from "./measured_process.ts";

/** What is predicted, by what. */
export interface PredictTask {
  /** The model's folder. */
  model: string;
  /** The image's file. */
  image: string;
  /** Where the prediction goes. */
  output: string;
  /** What computes. */
  engine: StartEngineOptions;
}

console.log = console.info = console.error; // stdout is for answers; libraries greet

const { model, image, output, engine: options } = JSON.parse(Deno.args[0]) as PredictTask;
let started: { engine: EngineInfo; predictor: Predictor } | undefined;

async function answer(request: Request): Promise<Description | RunAnswer> {
  started ??= { engine: await startEngine(options), predictor: new Predictor(await readSegmentationModel(model)) };
  const { engine, predictor } = started;
  if (request.do === "describe") return { ...engine, detail: `${engine.name}, ${engine.detail}` };
  if (request.do !== "run") throw new Error(`a request must be describe or run, got ${request.do}`);
  const start = performance.now();
  const { prediction } = await predictor.predict({ id: "volume", subject: "volume", image });
  await writeLabels(output, prediction, predictor.scheme);
  const milliseconds = [performance.now() - start];
  return { milliseconds, heldBytes: null, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

for await (const line of linesOf(Deno.stdin.readable)) {
  const reply = await answer(JSON.parse(line)).catch((error) => ({ error: messageOf(error) }));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(reply) + "\n"));
}
Deno.exit(0); // engines may hold threads and devices that would keep the process
