/**
 * What goes between the processor and a graphics card: dispatches, submissions, pipelines made, and bytes each way,
 * counted at WebGPU's own interface, so that tfjs's programs count as well as the project's.
 *
 * @module
 */

/** What was counted. */
export interface Traffic {
  /** Launches of compute programs. */
  readonly dispatches: number;
  /** Times that recorded work was handed to the device. */
  readonly submissions: number;
  /** Programs compiled. */
  readonly pipelines: number;
  /** Written by the processor and sent: tensors and the programs' scalars. */
  readonly bytesToDevice: number;
  /** Times that the processor waited for values from the device, which idles meanwhile. */
  readonly readbacks: number;
  /** Read back. */
  readonly bytesToHost: number;
}

/** Sets a method of a prototype to one that first tells of its call; returns what undoes it. */
function follow<Owner extends object, Name extends keyof Owner>(
  owner: { prototype: Owner },
  name: Name,
  told: (self: Owner, args: unknown[]) => void,
): () => void {
  const { prototype } = owner;
  const method = prototype[name] as (...args: unknown[]) => unknown;
  const followed = function (this: Owner, ...args: unknown[]) {
    told(this, args);
    return method.apply(this, args);
  };
  prototype[name] = followed as Owner[Name];
  return () => {
    prototype[name] = method as Owner[Name];
  };
}

/** Counts while `work` runs; of one device or several, whichever are used. */
export async function countTraffic(work: () => Promise<unknown>): Promise<Traffic> {
  const counted = { dispatches: 0, submissions: 0, pipelines: 0, bytesToDevice: 0, readbacks: 0, bytesToHost: 0 };
  const undo = [
    follow(GPUComputePassEncoder, "dispatchWorkgroups", () => counted.dispatches++),
    follow(GPUQueue, "submit", () => counted.submissions++),
    follow(GPUDevice, "createComputePipeline", () => counted.pipelines++),
    follow(GPUQueue, "writeBuffer", (_, [, , data, from = 0, size]) => {
      const { byteLength } = data as ArrayBuffer; // tfjs and the project write whole buffers or count bytes
      counted.bytesToDevice += (size as number | undefined) ?? byteLength - (from as number);
    }),
    follow(GPUBuffer, "getMappedRange", ({ size, usage }) => {
      if (usage & GPUBufferUsage.MAP_READ) {
        counted.readbacks++;
        counted.bytesToHost += size;
      } else {
        counted.bytesToDevice += size;
      }
    }),
  ];
  try {
    await work();
  } finally {
    for (const one of undo.reverse()) one();
  }
  return counted;
}
