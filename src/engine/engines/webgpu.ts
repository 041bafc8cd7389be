/**
 * The `webgpu` engine: the graphics card through Deno's own WebGPU, of any vendor: tfjs's backend with its wrong
 * kernels mended and the project's own kernels.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../core/errors.ts";
import { openDevice } from "../kernels/webgpu/adapter.ts";
import { type Float16, tryFloat16 } from "../kernels/webgpu/float16.ts";
import type { WebgpuBackend } from "../kernels/webgpu/backend.ts";
import type { TunedWidth } from "../kernels/webgpu/tuning/measure_tiles.ts";
import { keyOf, readTiles, tilesFile, type TunedTiles, writeTiles } from "../kernels/webgpu/tuning/tuned_tiles.ts";
import type { ActivationKind, AdapterKind, Engine } from "./engine.ts";

/** The backend that runs, and on what. */
interface Running {
  readonly kind: AdapterKind;
  /** What was asked for; the card may have no other than float32. */
  readonly activations: ActivationKind;
  readonly backend: WebgpuBackend;
  readonly detail: string;
}

let current: Running | undefined;

/** A new backend on a new device, registered with tfjs; one that was there goes, and its tensors with it. */
async function open(
  kind: AdapterKind,
  activations: ActivationKind,
  warn: (message: string) => void,
): Promise<Running> {
  const { device, detail: name, info } = await openDevice(kind, activations === "float16" ? ["shader-f16"] : []);
  const storesHalves = activations === "float16" && canStore(await tryFloat16(device), name, warn);
  const card = keyOf(info);
  const tunedTiles = await readTiles(card, tilesFile(card), warn);
  // imported only here: to load tfjs's backend registers it, and 0.7 MB are no use without an adapter
  const { WebgpuBackend } = await import("../kernels/webgpu/backend.ts");
  const { registerKernels } = await import("../kernels/webgpu/all_kernels.ts");
  tf.removeBackend("webgpu");
  const backend = new WebgpuBackend(device, { storesHalves, tunedTiles });
  tf.registerBackend("webgpu", () => backend, 0);
  tf.env().set("WEBGPU_CPU_FORWARD", false); // small tensors would be computed by other kernels, on the processor
  registerKernels();
  return { kind, activations, backend, detail: storesHalves ? `${name}, activations in float16` : name };
}

/** Whether a card can store in 16 bits; if not, it is told. */
export function canStore(float16: Float16, card: string, warn: (message: string) => void): boolean {
  if (float16.is === "right") return true;
  const why = float16.is === "absent"
    ? "the card has no 16-bit floats (shader-f16)"
    : `the driver offers 16-bit floats and is wrong with them (${float16.why})`;
  warn(`engine webgpu: activations are stored in float32, not in float16: ${why}; ${card}`);
  return false;
}

/** Options of {@linkcode tuneWebgpu}. */
export interface TuneOptions {
  /** Voxels of the measured volume along each axis. @default 64; 8 on a software adapter, which is slow */
  extent?: number;
  /** Told of each width of channels as soon as it is measured. @default nobody is */
  onWidth?: (width: TunedWidth) => void;
}

/**
 * Measures the tiles of convolutions on the card, and keeps the fastest for every later start on this machine.
 *
 * @returns the tiles by columns, and the file they are kept in.
 * @throws {UserError} if there is no such card, no folder for caches, or the file cannot be written.
 */
export async function tuneWebgpu(
  kind: AdapterKind,
  { extent = kind === "software" ? 8 : 64, onWidth }: TuneOptions = {},
): Promise<{ tiles: TunedTiles; file: string }> {
  const { device, info } = await openDevice(kind);
  const card = keyOf(info);
  const file = tilesFile(card);
  if (!file) {
    throw new UserError("tuning the engine webgpu: there must be a folder for caches; set XDG_CACHE_HOME or HOME");
  }
  const { WebgpuBackend } = await import("../kernels/webgpu/backend.ts");
  const { fastestTiles, timerOn } = await import("../kernels/webgpu/tuning/measure_tiles.ts");
  const backend = new WebgpuBackend(device);
  try {
    const tiles = await fastestTiles(timerOn(backend), { limits: backend.workgroupLimits, extent, onWidth });
    await writeTiles(card, tiles, file);
    return { tiles, file };
  } finally {
    backend.dispose();
  }
}

/** tfjs's webgpu backend with own kernels. */
export const webgpuEngine: Engine = {
  name: "webgpu",
  async start({ adapter, activations = "float32", warn = () => {} }) {
    if (current?.kind !== adapter || current.activations !== activations || !current.backend.works) {
      current = await open(adapter, activations, warn);
    }
    await tf.setBackend("webgpu");
    return { threads: 1, detail: current.detail };
  },
};
