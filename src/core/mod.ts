/**
 * What every room builds on: errors to catch, seeded random numbers, events, time limits, settings, registries of
 * variants, bytes, named vectors, released features, what comes in threes, mean and deviation, whole files, locks,
 * text that people write.
 *
 * @example
 * ```ts
 * import { Rng, UserError } from "./mod.ts";
 *
 * const dice = new Rng(7).fork("dice");
 * if (dice.int(6) + 1 > 6) throw new UserError("throwing a die: it has six sides");
 * ```
 *
 * @module
 */
export * from "./bytes.ts";
export * from "./deadline.ts";
export * from "./digest.ts";
export * from "./errors.ts";
export * from "./event_stream.ts";
export * from "./features.ts";
export * from "./files.ts";
export * from "./lock.ts";
export * from "./memory_limit.ts";
export * from "./permissions.ts";
export * from "./registry.ts";
export * from "./rng.ts";
export * from "./service.ts";
export * from "./settings.ts";
export * from "./statistics.ts";
export * from "./text_files.ts";
export * from "./triple.ts";
export * from "./vectors.ts";
