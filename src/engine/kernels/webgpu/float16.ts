/**
 * Whether a card that offers 16-bit floats computes with them, and stores in them, what it should.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";

/** What was found of the card's 16-bit floats. */
export type Float16 =
  | { readonly is: "absent" }
  | { readonly is: "right" }
  | { readonly is: "wrong"; readonly why: string };

/** Half the distance of neighbours, as a share: 11 bits of significand; a product and a sum round once each. */
const TOLERANCE = 2 * 2 ** -11;

/** Values of every size that 16 bits hold without an overflow of x * x + x, an odd count among them. */
const VALUES = Float16Array.from(
  { length: 1001 },
  (_, i) => (i % 2 === 0 ? 1 : -1) * 2 ** (i % 14 - 7) * (1 + i / 1001),
);

const SOURCE = `
enable f16;
@group(0) @binding(0) var<storage, read_write> y: array<f16>;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let count = arrayLength(&x);
  if (id.x < count) {
    y[id.x] = fma(x[id.x], x[id.x], x[id.x]);
    let wide = f32(x[id.x]);
    y[count + id.x] = f16(fma(wide, wide, wide)); // read and stored in 16 bits, computed in 32
  }
}`;

/** Judges what the device gave for x * x + x; pure, so that a card that lies can be played. */
export function judge(given: ArrayLike<number>, values: ArrayLike<number> = VALUES): Float16 {
  for (let i = 0; i < values.length; i++) {
    const x = values[i], size = x * x + Math.abs(x);
    const share = Math.abs(given[i] - (x * x + x)) / size;
    if (!(share <= TOLERANCE)) {
      return { is: "wrong", why: `x * x + x of ${x} must be ${x * x + x}, it gave ${given[i]}` };
    }
  }
  return { is: "right" };
}

/** Tries them on a device of the engine's kind that has the feature where the adapter offers it. */
export async function tryFloat16(device: GPUDevice): Promise<Float16> {
  if (!device.features.has("shader-f16")) return { is: "absent" };
  try {
    device.pushErrorScope("validation");
    const bytes = Math.ceil(VALUES.byteLength / 4) * 4;
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const x = device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST });
    const y = device.createBuffer({ size: 2 * bytes, usage: STORAGE | COPY_SRC });
    const read = device.createBuffer({ size: 2 * bytes, usage: MAP_READ | COPY_DST });
    const padded = new Float16Array(bytes / 2);
    padded.set(VALUES);
    device.queue.writeBuffer(x, 0, padded);
    const module = device.createShaderModule({ label: "float16", code: SOURCE });
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
    const entries = [y, x].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(Math.ceil(padded.length / 64));
    pass.end();
    encoder.copyBufferToBuffer(y, 0, read, 0, 2 * bytes);
    device.queue.submit([encoder.finish()]);
    const fault = await device.popErrorScope();
    if (fault) return { is: "wrong", why: fault.message.split("\n")[0] };
    await read.mapAsync(GPUMapMode.READ);
    const given = new Float16Array(read.getMappedRange().slice(0));
    const computed = judge(given);
    return computed.is === "right" ? judge(given.subarray(padded.length)) : computed;
  } catch (error) {
    return { is: "wrong", why: messageOf(error) };
  }
}
