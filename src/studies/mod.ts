/**
 * The studies room: sites that take turns on one engine, as a consortium of peers would train, without a network; and
 * work that is done in processes of its own and goes on after a kill.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Consortium, openAveraging } from "./mod.ts";
 *
 * const layout = [{ name: "w", shape: [1] }];
 * const adding = (step: number) => {
 *   let own = 0;
 *   return {
 *     train: () => Promise.resolve({ vector: Float32Array.of(own + step), loss: 0 }),
 *     adopt: (_: number, vector: Float32Array) => void (own = vector[0]),
 *     reached: () => own,
 *   };
 * };
 * const trainings = [1, 3].map(adding);
 * const sites = trainings.map((training, i) => ({ name: `site ${i}`, training, vector: new Float32Array(1) }));
 * const gossip = { mixing: "gossip", averaging: {}, exchanges: 1, rounds: 2, seed: 1 } as const;
 * const consortium = new Consortium(sites, openAveraging({ ...gossip, layout, masses: [1, 1] }));
 * for (let round = 1; round <= 2; round++) console.log(await consortium.round(round));
 * assertEquals(trainings.map((training) => training.reached()), [4, 4]); // 2 after the first
 * ```
 *
 * @module
 */
export * from "./appending_file.ts";
export * from "./averaging.ts";
export * from "./consortium.ts";
export * from "./json_lines.ts";
export * from "./peer_sites.ts";
export * from "./process.ts";
export * from "./study.ts";
export * from "./trainings/fine_tuner.ts";
export * from "./trainings/pretrainer.ts";
export * from "./trainings/trainer.ts";
export * from "./work.ts";
// types of other rooms that this one speaks of
export type { FeatureSet, RemoteFeatures } from "../core/features.ts";
export type { Layout } from "../core/vectors.ts";
export type { PeerSplit } from "../data/splits.ts";
export type { AveragingSettings } from "../mesh/averaging/settings.ts";
export type { Attack } from "../mesh/averaging/simulation/attacks.ts";
export type { PeerConfiguration } from "../peer/configuration.ts";
export type { MethodPlan } from "../planning/network.ts";
export type { ReleasePolicy } from "../peer/policy/release_policy.ts";
