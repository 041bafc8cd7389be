/**
 * What a card can do at most, by small programs of its own: bytes copied and float32 operations a second, and what a
 * launch and a wait cost.
 *
 * @module
 */

/** A card's ceilings, and its overheads. */
export interface Ceilings {
  /** Bytes read and written a second by a copy, in GB/s. */
  readonly bandwidth: number;
  /** Of multiplications and additions in registers, in GFLOP/s. */
  readonly rate: number;
  /** From handing over nothing but a read of 4 bytes until they are there, in microseconds. */
  readonly roundTrip: number;
  /** Of a launch that does nothing among many, in microseconds. */
  readonly launch: number;
}

/** Options of {@linkcode measureCeilings}. */
export interface CeilingOptions {
  /** Tiny sizes. @default false */
  small?: boolean;
}

/** A launch of a program on buffers. */
interface Job {
  readonly code: string;
  readonly buffers: readonly GPUBuffer[];
  readonly workgroups: readonly [number, number];
}

/** Rows of launches, of which the fastest counts. */
const ROWS = 4;

const COPY = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i < arrayLength(&x)) { y[i] = x[i]; }
}`;

/** Independent sums of a thread, enough to hide an operation's latency, and rounds over them. */
const [SUMS, LOOPS] = [8, 256];

const MULTIPLY = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = x[0];
  let b = x[1];
  ${Array.from({ length: SUMS }, (_, i) => `var s${i} = a + f32(id.x + ${i}u);`).join("\n")}
  for (var k = 0; k < ${LOOPS}; k++) {
    ${Array.from({ length: SUMS }, (_, i) => `s${i} = fma(s${i}, a, b);`).join("\n")}
  }
  y[id.x] = ${Array.from({ length: SUMS }, (_, i) => `s${i}`).join(" + ")};
}`;

const NOTHING = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x == 4000000000u) { y[0] = vec4<f32>(); }
}`;

/** Milliseconds of one launch: rows of so many that they take long enough to say something. */
async function timeOf(device: GPUDevice, { code, buffers, workgroups }: Job, longEnough: number): Promise<number> {
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const row = async (launches: number) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < launches; i++) pass.dispatchWorkgroups(...workgroups);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await row(1); // compiles
  let launches = 1, took = await row(1);
  while (took < longEnough && launches < 1 << 14) took = await row(launches *= 2);
  const [few, many] = [launches, 3 * launches];
  let [least, most] = [took, Infinity];
  for (let i = 0; i < ROWS; i++) {
    least = Math.min(least, await row(few));
    most = Math.min(most, await row(many));
  }
  // the difference, because every row ends with a wait, which takes 10 ms by itself: `longEnough` is several of them
  return most > least ? (most - least) / (many - few) : most / many;
}

/** Microseconds until 4 bytes have come, the least of some. */
async function roundTripOf(device: GPUDevice, from: GPUBuffer): Promise<number> {
  const read = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  let least = Infinity;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, read, 0, 4);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    read.unmap();
    least = Math.min(least, performance.now() - start);
  }
  return 1000 * least;
}

/** Measures a device on which nothing else runs; frees what it takes. */
export async function measureCeilings(device: GPUDevice, { small = false }: CeilingOptions = {}): Promise<Ceilings> {
  const longEnough = small ? 1 : 50;
  // several times a large card's cache, and no more than the card binds
  const bytes = small ? 2 ** 18 : Math.min(2 ** 29, device.limits.maxStorageBufferBindingSize);
  const threads = small ? 2 ** 10 : 2 ** 18;
  const { STORAGE, COPY_SRC } = GPUBufferUsage;
  const [x, y] = [0, 1].map(() =>
    device.createBuffer({ size: Math.floor(bytes / 16) * 16, usage: STORAGE | COPY_SRC })
  );
  try {
    const groups = Math.ceil(x.size / 16 / 256), across = Math.min(groups, 2 ** 15);
    const copy = { code: COPY, buffers: [y, x], workgroups: [across, Math.ceil(groups / across)] } as const;
    const bandwidth = 2 * x.size / await timeOf(device, copy, longEnough) / 1e6;
    const multiply = { code: MULTIPLY, buffers: [y, x], workgroups: [threads / 256, 1] } as const;
    const rate = 2 * 4 * SUMS * LOOPS * threads / await timeOf(device, multiply, longEnough) / 1e6;
    const nothing = { code: NOTHING, buffers: [y], workgroups: [1, 1] } as const;
    const launch = 1000 * await timeOf(device, nothing, longEnough);
    return { bandwidth, rate, launch, roundTrip: await roundTripOf(device, x) };
  } finally {
    x.destroy();
    y.destroy();
  }
}
