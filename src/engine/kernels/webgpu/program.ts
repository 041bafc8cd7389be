/**
 * What a compute program of this project is, and its WGSL text.
 *
 * @module
 */

/** What a tensor's buffer is read as. */
export type Element = "f32" | "i32" | "u32" | "vec4<f32>" | "atomic<i32>";

/** A compute program. One object is compiled once, so it is to be made once for each text: see {@linkcode remember}. */
export interface Program {
  /** Names it in errors. */
  readonly name: string;
  /** The tensors that it writes, and may read. */
  readonly writes: Readonly<Record<string, Element>>;
  /** The tensors that it only reads. */
  readonly reads: Readonly<Record<string, Element>>;
  /**
   * The tensors that may be stored in 16 bits. The text computes in float32: it reads them through `f32` or `vec4<f32>`,
   * and writes what it has as `NAMEElement(value)`.
   */
  readonly halves?: readonly string[];
  /** Scalars, `uniforms.NAME` in the text. */
  readonly integers?: readonly string[];
  readonly floats?: readonly string[];
  /** Threads of a workgroup. */
  readonly threads: number;
  /** WGSL at module scope: functions, constants, workgroup memory. */
  readonly declarations?: string;
  /** WGSL statements that see `job`, the workgroup's place among all, and `thread`, the place in it; both i32. */
  readonly body: string;
}

/**
 * The whole WGSL module; bindings are the writes, the reads and the scalars, in this order.
 *
 * @param stored those of the program's `halves` that are stored in 16 bits
 */
export function sourceOf(program: Program, stored: ReadonlySet<string> = new Set()): string {
  const { writes, reads, halves = [], integers = [], floats = [], threads, declarations = "", body } = program;
  const elementOf = (name: string, element: Element) => stored.has(name) ? element.replace("f32", "f16") : element;
  const buffers = [
    ...Object.entries(writes).map(([name, element]) =>
      `var<storage, read_write> ${name}: array<${elementOf(name, element)}>;`
    ),
    ...Object.entries(reads).map(([name, element]) =>
      `var<storage, read> ${name}: array<${elementOf(name, element)}>;`
    ),
    "var<uniform> uniforms: Uniforms;",
  ];
  const aliases = halves.map((name) => `alias ${name}Element = ${elementOf(name, { ...writes, ...reads }[name])};`);
  const fields = ["jobs: i32", ...integers.map((name) => `${name}: i32`), ...floats.map((name) => `${name}: f32`)];
  return `${stored.size > 0 ? "enable f16;" : ""}
struct Uniforms { ${fields.join(", ")} }
${buffers.map((declaration, i) => `@group(0) @binding(${i}) ${declaration}`).join("\n")}
${aliases.join("\n")}
const threads = ${threads};
${declarations}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let job = i32(workgroup.y * workgroups.x + workgroup.x);
  let thread = i32(invocation);
  if (job >= uniforms.jobs) { return; } // the grid of workgroups may have some to spare
  ${body}
}`;
}

/** The scalars of a launch with `jobs` workgroups as the program's `Uniforms` lie in memory. */
export function packUniforms(program: Program, jobs: number, values: Readonly<Record<string, number>>): ArrayBuffer {
  const { floats = [] } = program;
  const integers = ["jobs", ...program.integers ?? []];
  const view = new DataView(new ArrayBuffer(Math.max(16, (integers.length + floats.length) * 4)));
  integers.forEach((name, i) => view.setInt32(i * 4, name === "jobs" ? jobs : values[name], true));
  floats.forEach((name, i) => view.setFloat32((integers.length + i) * 4, values[name], true));
  return view.buffer;
}

/** Threads of a workgroup of an {@linkcode elementwise} program. */
const elementThreads = 64;

/** A program whose body runs once for each `index` from 0 to `uniforms.count`. */
export function elementwise(program: Omit<Program, "threads">): Program {
  return {
    ...program,
    threads: elementThreads,
    integers: ["count", ...program.integers ?? []],
    body: `
  let index = job * threads + thread;
  if (index >= uniforms.count) { return; }
  ${program.body}`,
  };
}

/**
 * WGSL for an {@linkcode elementwise} program that goes through [batch, depth, height, width, units]: where `index`
 * lies, as `unit`, `w`, `h` and `plane`, which is sample * depth + d.
 */
export function placeIn(height: string, width: string, units: string): string {
  return `
  let unit = index % ${units};
  var voxel = index / ${units};
  let w = voxel % (${width});
  voxel = voxel / (${width});
  let h = voxel % (${height});
  let plane = voxel / (${height});`;
}

/** Workgroups that an {@linkcode elementwise} program needs. */
export function elementJobs(count: number): number {
  return Math.ceil(count / elementThreads);
}

/** Wraps a maker of programs so that the same arguments give the same program. */
export function remember<A extends readonly (string | number | boolean | readonly number[])[]>(
  make: (...options: A) => Program,
): (...options: A) => Program {
  const made = new Map<string, Program>();
  return (...options) => {
    const key = options.join("|");
    const program = made.get(key) ?? make(...options);
    made.set(key, program);
    return program;
  };
}

/** The element for rows of `channels` values, and how many of them a row has: four values at once where that fits. */
export function rowElement(channels: number): { element: "f32" | "vec4<f32>"; units: number } {
  return channels % 4 === 0 ? { element: "vec4<f32>", units: channels / 4 } : { element: "f32", units: channels };
}
