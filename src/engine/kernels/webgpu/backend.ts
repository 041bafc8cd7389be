/**
 * tfjs's webgpu backend on a device of this project's choice: errors of the device are raised at the next read or op,
 * never read as zeros, and own programs run beside tfjs's.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { UserError } from "../../../core/errors.ts";
import { sizeOf } from "../../../core/vectors.ts";
import type { DeviceLostError } from "../../engines/engine.ts";
import { type Activity, describeDeviceError, deviceLost, tooLarge } from "./device_errors.ts";
import type { HaloTile, WorkgroupLimits } from "./halo_tiles.ts";
import { halfBytes, Halves, tensorUsage, widening } from "./halves.ts";
import { elementJobs, packUniforms, type Program, sourceOf } from "./program.ts";

/** What tfjs keeps to itself of its backend (4.22.0), and an own program needs: its command encoder. */
interface Recorder {
  commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  uniformPendingDisposal: GPUBuffer[];
}

/** Programs that are recorded before they are submitted together: a submission costs as much as some of them. */
const batch = 64;

/**
 * Bytes of tensors that recorded programs use and nobody else, at most: until they are submitted, no other tensor can
 * have that memory.
 */
const mostHeld = 256 * 2 ** 20;

const filters = ["validation", "out-of-memory", "internal"] as const;

type Backend = InstanceType<typeof WebGPUBackend>;

/** Options of {@linkcode WebgpuBackend}. */
export interface BackendOptions {
  /** Whether what layers give is stored in 16 bits. @default false */
  storesHalves?: boolean;
  /** The tiles that are fastest on the card, by columns. @default none were measured */
  tunedTiles?: ReadonlyMap<number, HaloTile>;
}

/** See the module. */
export class WebgpuBackend extends WebGPUBackend {
  /** The tiles that are fastest on this card, by columns, where they have been measured. */
  readonly tunedTiles: ReadonlyMap<number, HaloTile>;
  readonly #pipelines = new WeakMap<Program, Map<string, GPUComputePipeline>>();
  /** The tensors that are stored in 16 bits. */
  readonly #halves = new Halves((x) => this.#widen(x), (x) => this.free(x));
  /** Whether what layers give is stored in 16 bits. */
  readonly #storesHalves: boolean;
  readonly #reports = new Set<Promise<void>>();
  #failure: UserError | undefined;
  #loss: DeviceLostError | undefined;
  #closing = false;
  /** Bytes of tensors that are disposed as soon as the recorded programs are submitted. */
  #held = 0;

  constructor(device: GPUDevice, { storesHalves = false, tunedTiles = new Map() }: BackendOptions = {}) {
    super(device);
    tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", batch); // of tfjs's own programs
    this.#storesHalves = storesHalves;
    this.tunedTiles = tunedTiles;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#failure ??= describeDeviceError((event as GPUUncapturedErrorEvent).error, { what: "outside of a kernel" });
    });
    device.lost.then(({ reason, message }) => {
      if (!this.#closing) this.#loss ??= deviceLost([reason, message].filter((part) => part).join(": "));
    });
  }

  /** Whether it can still compute; if not, the engine must be started anew. */
  get works(): boolean {
    return !this.#failure && !this.#loss && !this.#closing;
  }

  /** What a workgroup may take. */
  get workgroupLimits(): WorkgroupLimits {
    const { maxComputeWorkgroupStorageSize: memory, maxComputeInvocationsPerWorkgroup: threads } = this.device.limits;
    return { memory, threads };
  }

  /** Bytes a tensor may have. */
  get largestTensor(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /**
   * Records one launch of `program` with `jobs` workgroups.
   *
   * @throws {UserError} if the device has failed before; {@linkcode DeviceLostError} if it was lost.
   */
  launch(
    program: Program,
    tensors: Readonly<Record<string, tf.TensorInfo>>,
    uniforms: Readonly<Record<string, number>>,
    jobs: number,
  ): void {
    if (jobs === 0) return;
    this.#requireWorking();
    const others = Object.keys(tensors).filter((name) => !program.halves?.includes(name));
    this.#halves.widened(others.map((name) => tensors[name]), (wide) => {
      const taken = { ...tensors, ...Object.fromEntries(others.map((name, i) => [name, wide[i]])) };
      this.#watch({ what: program.name }, () => this.#record(program, taken, uniforms, jobs));
    });
  }

  /** A tensor whose values are yet to be computed. */
  output(shape: readonly number[], dtype: tf.DataType = "float32"): tf.TensorInfo {
    return this.makeTensorInfo([...shape], dtype);
  }

  /** What a layer gives: an output that is stored in 16 bits where the engine was asked for that. */
  activation(shape: readonly number[]): tf.TensorInfo {
    const tensor = this.output(shape);
    if (this.#storesHalves) this.#halves.add(tensor.dataId);
    return tensor;
  }

  /** Frees tensors that only a kernel knew of. */
  free(...tensors: readonly tf.TensorInfo[]): void {
    for (const { dataId } of tensors) this.disposeData(dataId);
  }

  override write(...[values, shape, dtype]: Parameters<Backend["write"]>): tf.DataId {
    this.#requireWorking();
    const bytes = 4 * sizeOf(shape);
    if (dtype !== "string" && bytes > this.largestTensor) throw tooLarge(shape, bytes, this.largestTensor);
    return super.write(values, shape, dtype);
  }

  override uploadToGPU(dataId: tf.DataId): void {
    const entry = this.tensorMap.get(dataId);
    const { resource, shape, values } = entry;
    if (resource) return;
    if (values) this.#halves.remove(dataId); // they have been read, and are of 32 bits
    const isHalf = this.#halves.has(dataId);
    const bytes = isHalf ? halfBytes(shape) : 4 * sizeOf(shape);
    const activity = { what: `a tensor [${shape.join(", ")}]`, bytes, held: this.bufferManager.numBytesAllocated };
    this.#watch(activity, () => {
      if (isHalf) entry.resource = this.bufferManager.acquireBuffer(bytes, tensorUsage);
      else super.uploadToGPU(dataId);
    });
  }

  override runWebGPUProgram(...call: Parameters<Backend["runWebGPUProgram"]>): tf.TensorInfo {
    this.#requireWorking();
    const [program, inputs, ...others] = call;
    return this.#halves.widened(
      inputs,
      (wide) => this.#watch({ what: program.constructor.name }, () => super.runWebGPUProgram(program, wide, ...others)),
    );
  }

  override disposeData(dataId: tf.DataId, force?: boolean): boolean {
    const isRecorded = (this as unknown as Recorder).commandQueueOwnedIds.has(dataId);
    const bytes = isRecorded ? 4 * sizeOf(this.tensorMap.get(dataId)?.shape ?? [0]) : 0;
    const isGone = super.disposeData(dataId, force);
    if (isGone && isRecorded && (this.#held += bytes) > mostHeld) {
      this.endComputePassEncoder();
      this.submitQueue();
    }
    return isGone;
  }

  override submitQueue(): void {
    this.#held = 0;
    this.#watch({ what: "handing work over" }, () => super.submitQueue());
  }

  /** @throws {UserError} if anything went wrong on the device up to the computation of this tensor. */
  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    this.#requireWorking();
    const entry = this.tensorMap.get(dataId);
    if (entry && !entry.values && this.#halves.has(dataId)) {
      const wide = this.#widen({ dataId, shape: entry.shape, dtype: entry.dtype });
      try {
        return entry.values = await this.read(wide.dataId);
      } finally {
        this.free(wide);
      }
    }
    let values: tf.BackendValues;
    try {
      values = await super.read(dataId);
    } catch (error) {
      await this.#hearReports();
      this.#requireWorking();
      // Without a report, the device cannot hand memory over any more.
      if (error instanceof DOMException) throw this.#loss = deviceLost(error.message, error);
      throw error;
    }
    await this.#hearReports();
    this.#requireWorking();
    return values;
  }

  /** Deno has no way to wait for a device: only values that are in the process's memory can be read at once. */
  override readSync(dataId: tf.DataId): tf.BackendValues {
    this.#requireWorking();
    const { values, dtype } = this.tensorMap.get(dataId);
    if (values == null && dtype !== "complex64" && dtype !== "string") {
      throw new Error(
        "a tensor on the graphics card must be read by `await tensor.data()`; dataSync cannot wait for it",
      );
    }
    return super.readSync(dataId);
  }

  /** Frees the device and everything on it. */
  override dispose(): void {
    if (this.#closing) return;
    this.#closing = true;
    super.dispose();
    this.device.destroy();
  }

  #widen(x: tf.TensorInfo): tf.TensorInfo {
    const y = this.output(x.shape);
    const count = sizeOf(x.shape);
    this.launch(widening, { y, x }, { count }, elementJobs(count));
    return y;
  }

  #requireWorking(): void {
    if (this.#loss) throw this.#loss;
    if (this.#failure) throw this.#failure;
  }

  /** Runs `work`; what the device reports of it becomes this backend's failure. */
  #watch<T>(activity: Activity, work: () => T): T {
    for (const filter of filters) this.device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      for (const _ of filters) {
        const report = this.device.popErrorScope().then((error) => {
          this.#reports.delete(report);
          if (error) this.#failure ??= describeDeviceError(error, activity);
        });
        this.#reports.add(report);
      }
    }
  }

  async #hearReports(): Promise<void> {
    await Promise.all(this.#reports);
  }

  #record(
    program: Program,
    tensors: Readonly<Record<string, tf.TensorInfo>>,
    uniforms: Readonly<Record<string, number>>,
    jobs: number,
  ): void {
    const written = Object.keys(program.writes).map((name) => tensors[name].dataId);
    const used = [...written, ...Object.keys(program.reads).map((name) => tensors[name].dataId)];
    const buffers = used.map((dataId) => {
      this.uploadToGPU(dataId);
      return this.tensorMap.get(dataId).resource as GPUBuffer;
    });
    const scalars = packUniforms(program, jobs, uniforms);
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM;
    const scalarBuffer = this.bufferManager.acquireBuffer(scalars.byteLength, usage);
    this.queue.writeBuffer(scalarBuffer, 0, scalars);
    const { halves = [] } = program;
    const pipeline = this.#pipelineOf(program, halves.filter((name) => this.#halves.has(tensors[name].dataId)));
    const bindGroup = this.device.createBindGroup({
      label: program.name,
      layout: pipeline.getBindGroupLayout(0),
      entries: [...buffers, scalarBuffer].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const recorder = this as unknown as Recorder;
    this.ensureCommandEncoderReady();
    recorder.computePassEncoder ??= recorder.commandEncoder.beginComputePass();
    recorder.computePassEncoder.setPipeline(pipeline);
    recorder.computePassEncoder.setBindGroup(0, bindGroup);
    const across = Math.min(jobs, this.device.limits.maxComputeWorkgroupsPerDimension);
    recorder.computePassEncoder.dispatchWorkgroups(across, Math.ceil(jobs / across));
    recorder.uniformPendingDisposal.push(scalarBuffer);
    for (const dataId of used) recorder.commandQueueOwnedIds.add(dataId);
    for (const dataId of written) this.tensorMap.get(dataId).values = null!; // a copy read earlier is out of date
    if (++recorder.dispatchCountInPass >= batch) {
      this.endComputePassEncoder();
      this.submitQueue();
    }
  }

  #pipelineOf(program: Program, halves: readonly string[]): GPUComputePipeline {
    const pipelines = this.#pipelines.get(program) ?? new Map<string, GPUComputePipeline>();
    this.#pipelines.set(program, pipelines);
    const known = pipelines.get(halves.join());
    if (known) return known;
    const module = this.device.createShaderModule({ label: program.name, code: sourceOf(program, new Set(halves)) });
    const pipeline = this.device.createComputePipeline({
      label: program.name,
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    pipelines.set(halves.join(), pipeline);
    return pipeline;
  }
}
