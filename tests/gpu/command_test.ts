/** `deno task gpu-check` as a command: what it writes, and what it says where there is no card. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { measureCeilings } from "../../scripts/gpu/ceilings.ts";
import { messageOf } from "../../src/core/errors.ts";
import { openDevice } from "../../src/engine/kernels/webgpu/adapter.ts";

const MAIN = fromFileUrl(new URL("../../scripts/gpu/main.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-run", "--allow-ffi"];

async function check(env: Record<string, string>, ...args: string[]): Promise<{ code: number; errors: string[] }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...PERMISSIONS, MAIN, ...args],
    ...{ env, stdin: "null", stdout: "null", stderr: "piped" },
  }).output();
  return { code, errors: new TextDecoder().decode(stderr).trim().split("\n") };
}

Deno.test("without a driver the check names what is missing, keeps it, and ends with an error", async () => {
  const out = await Deno.makeTempDir();
  const { code, errors } = await check({ VK_DRIVER_FILES: "/no/such/driver.json" }, "--out", out, "--parts", "adapter");
  assertEquals(code, 1, errors.join("\n"));
  assert(errors.some((line) => line.startsWith("error: checking the card: every part must come to its end")));
  const page = await Deno.readTextFile(join(out, "results.md"));
  assert(page.includes("**failed**"), page);
  assert(page.includes("engine: **failed**: starting the engine webgpu: there is no graphics adapter"), page); // no OpenGL
  if (page.includes("loader: Vulkan")) assert(page.includes("no driver's file (*.json) in /no/such/driver.json"), page);
  await Deno.remove(out, { recursive: true });
});

/** Why there is no software adapter; empty if there is one. */
const missing = await openDevice("software").then(({ device }) => (device.destroy(), ""), messageOf);

Deno.test({
  name: `a rehearsal on the software adapter passes what it looks at${missing && ` (skipped: ${missing})`}`,
  ignore: missing !== "",
  async fn() {
    const out = await Deno.makeTempDir();
    const rehearsal = ["--out", out, "--adapter", "software", "--small", "--parts", "adapter,contract,train"];
    const { code, errors } = await check({}, ...rehearsal);
    assertEquals([code, errors], [0, [""]]);
    const lines = (await Deno.readTextFile(join(out, "results.jsonl"))).trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line)).filter(({ item }) => item !== undefined);
    const stateOf = (item: string) => entries.find((entry) => entry.item === item)?.state;
    assertEquals(["card", "float16", "engine", "tests/engine/optimiser_test.ts", "protocol"].map(stateOf), [
      ...["passed", "passed", "passed", "passed", "skipped"],
    ]);
    assert(entries.some(({ item }) => item.startsWith("tests/engine/optimiser_test.ts: AdamW moves")));
    await Deno.remove(out, { recursive: true });
  },
});

Deno.test({
  name: `ceilings are measured on the software adapter${missing && ` (skipped: ${missing})`}`,
  ignore: missing !== "",
  async fn() {
    const { device } = await openDevice("software");
    const ceilings = await measureCeilings(device, { small: true });
    device.destroy();
    assert(Object.values(ceilings).every((value) => value > 0 && Number.isFinite(value)), JSON.stringify(ceilings));
  },
});

Deno.test("a mistake on the command line is one sentence", async () => {
  const answers: [string[], number, string][] = [
    [[], 2, "--out"],
    [["--out", "x", "--parts", "everything"], 2, "--parts must be one of adapter, contract, bench, roofline, train"],
  ];
  for (const [args, expected, words] of answers) {
    const { code, errors } = await check({}, ...args);
    assertEquals([code, errors.length], [expected, 1], errors.join("\n"));
    assert(errors[0].includes(words), errors[0]);
  }
});
