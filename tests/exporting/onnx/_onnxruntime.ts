/** ONNX Runtime in a process of its own. */

/**
 * Runs each volume through a file. The package takes 288 MB, which whoever starts any task would download if a module
 * or the lock file named it; so it is named in this text alone.
 */
const PROGRAM = `
import ort from "npm:onnxruntime-node@1.30.0";
const [file, volumes] = Deno.args;
const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const results = [];
for (const { data, dims } of JSON.parse(await Deno.readTextFile(volumes))) {
  const { logits } = await session.run({ image: new ort.Tensor("float32", Float32Array.from(data), dims) });
  results.push({ data: [...logits.data], dims: logits.dims });
}
console.log(JSON.stringify(results));
Deno.exit(0);
`;

/** A tensor in the order of its last axis. */
export interface Volume {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** The logits of each volume by the network in `file`. @throws {Error} with what ONNX Runtime complained of. */
export async function runOnnx(file: string, volumes: readonly Volume[]): Promise<Volume[]> {
  const given = `${file}.json`;
  await Deno.writeTextFile(given, JSON.stringify(volumes.map(({ data, dims }) => ({ data: [...data], dims }))));
  const flags = [
    "--no-lock",
    "--no-config",
    "--no-prompt",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
    "--allow-ffi",
  ];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flags, "--ext=js", "-", file, given],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped", env: { NO_COLOR: "1" } },
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PROGRAM));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`ONNX Runtime: ${text(stderr).slice(-2000)}`);
  return (JSON.parse(text(stdout)) as { data: number[]; dims: number[] }[]).map(({ data, dims }) => {
    return { data: Float32Array.from(data), dims };
  });
}
