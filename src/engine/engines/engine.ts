/**
 * What an engine is: one more engine is one more file beside this one and a line in the registry (`../engine.ts`).
 *
 * @module
 */

/** The engines by name. */
export type EngineName = "wasm" | "cpu";

/** What was started. */
export interface EngineInfo {
  readonly name: EngineName;
  /** Threads that compute. */
  readonly threads: number;
  /** What is particular, for people: "relaxed SIMD", "plain JavaScript". */
  readonly detail: string;
}

/** One way to compute: an entry of the registry. */
export interface Engine {
  readonly name: EngineName;
  /** Makes it tfjs's backend, or throws an error that says what the machine lacks. */
  start(options: { threads: number }): Promise<Omit<EngineInfo, "name">>;
}
