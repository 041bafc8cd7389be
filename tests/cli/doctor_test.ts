import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { engineNames } from "../../src/engine/engine.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** Runs `doctor` as a process of its own; without `ffi`, native libraries are out of its reach. */
async function doctor(args: string[], { ffi = true, env = {} } = {}) {
  const permissions = ["--no-prompt", "--allow-read", "--allow-env", "--allow-sys", ...(ffi ? ["--allow-ffi"] : [])];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, `${root}src/cli/doctor.ts`, ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("doctor tells of every engine either its speed or what it lacks, and the choice", async () => {
  const { code, stdout, stderr } = await doctor([]);
  assertEquals(code, 0, stderr);
  for (const name of engineNames) assertMatch(stdout, new RegExp(`^${name} +(ok +[0-9.]+ GFLOP/s, |-  \\w)`, "m"));
  assertMatch(stdout, /A peer takes the (tensorflow|webgpu|onednn|wasm) engine here/);
});

Deno.test("doctor ends well while the threads that oneDNN started still look for work", async () => {
  const { code, stdout, stderr } = await doctor(["--threads", "2"], { env: { GOMP_SPINCOUNT: "infinity" } });
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "A peer takes the ");
});

Deno.test("doctor --json gives one object; without --allow-ffi native engines say which flag they lack", async () => {
  const { code, stdout, stderr } = await doctor(["--json", "--threads", "1"], { ffi: false });
  assertEquals(code, 0, stderr);
  const { engines, choice } = JSON.parse(stdout);
  assertEquals(engines.map(({ engine }: { engine: string }) => engine), [...engineNames]);
  const of = (name: string) => engines.find(({ engine }: { engine: string }) => engine === name);
  assertStringIncludes(of("onednn").lacking, "--allow-ffi");
  assert(of("wasm").info.gflops > 0);
  assertEquals(of("wasm").info.threads, 1);
  assert(["webgpu", "wasm"].includes(choice.name), choice.name);
});

for (
  const [args, rule] of [
    [["--threads", "none"], "--threads must be an integer from 1 to 256, got none"],
    [["--adapter", "real"], "--adapter must be one of hardware, software, got real"],
  ] as const
) {
  Deno.test(`doctor ${args.join(" ")} is refused in one line`, async () => {
    const { code, stderr } = await doctor([...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, rule);
    assertEquals(stderr.trim().split("\n").length, 1);
  });
}
