/**
 * The flags by which a command is told what to compute with.
 *
 * @module
 */
import {
  type ActivationKind,
  activationKinds,
  type AdapterKind,
  adapterKinds,
  type EngineName,
  engineNames,
} from "../../engine/engines/engine.ts";
import { choice, integer } from "./kinds.ts";
import type { Values } from "./flag.ts";

/** To be composed into a command's flags. */
export const engineFlags = {
  engine: choice("NAME", ["auto", ...engineNames], "what to compute with; auto takes the best that works here"),
  threads: {
    ...integer("N", "processor threads that may compute", { from: 1, to: 256 }),
    shown: "as many as there are cores",
  },
  adapter: {
    ...choice("KIND", adapterKinds, "graphics adapters that may be taken, software for tests only"),
    shown: "hardware",
  },
  activations: {
    ...choice("KIND", activationKinds, "how the engine webgpu stores what layers give; float16 halves its memory"),
    shown: "float32",
  },
};

/** What was given of {@linkcode engineFlags}. */
export interface EngineFlags {
  engine?: "auto" | EngineName;
  threads?: number;
  adapter?: AdapterKind;
  activations?: ActivationKind;
}

/** The part of a command's flags that concerns the engine; what was not given is absent. */
export function engineOf({ engine, threads, adapter, activations }: Values<typeof engineFlags>): EngineFlags {
  return {
    ...(engine && { engine }),
    ...(adapter && { adapter }),
    ...(threads && { threads }),
    ...(activations && { activations }),
  };
}
