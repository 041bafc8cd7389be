/** `deno task bench engine` as a command: what it prints, and what it says to bad input. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Figure } from "../../scripts/bench/figures.ts";

const MAIN = fromFileUrl(new URL("../../scripts/bench/main.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-run", "--allow-ffi"];

async function bench(...args: string[]): Promise<{ code: number; out: string[]; errors: string[] }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...PERMISSIONS, MAIN, ...args],
    stdin: "null",
  }).output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
  return { code, out: lines(stdout), errors: lines(stderr) };
}

Deno.test("without PyTorch that is said once, and the rest is measured: a line of JSON a figure", async () => {
  const { code, out, errors } = await bench(
    ...["engine", "--engine", "wasm", "--cases", "sampling", "--repeats", "1", "--json", "--python", "no-such-program"],
  );
  assertEquals(code, 0, errors.join("\n"));
  const said = errors.filter((line) => line.includes("pytorch"));
  assertEquals(said, ["pytorch: starting pytorch: there must be such a program (no-such-program)"]);
  const figures = out.map((line) => JSON.parse(line) as Figure);
  assertEquals(figures.map(({ engine, case: name, unit }) => [engine, name, unit]), [
    ["wasm", "a batch of 2 x 64^3", "ms"],
    ["wasm", "two views of 2 x 64^3", "ms"],
  ]);
  assert(figures.every(({ value, ratioToPyTorch }) => value > 0 && ratioToPyTorch === undefined));
});

Deno.test("a kept model's prediction is measured without PyTorch, too, and the page says of what", async () => {
  const flags = ["--extent", "64", "--base", "2", "--repeats", "1", "--engine", "wasm", "--python", "no-such-program"];
  const { code, out, errors } = await bench("predict", ...flags);
  assertEquals([code, errors], [0, ["pytorch: starting pytorch: there must be such a program (no-such-program)"]]);
  assert(out[0].startsWith("# deno task --quiet bench predict --extent 64"));
  assertMatch(out.at(-1)!, /^\| syncytium \| wasm, .* \| +\d+\.\d+ \| +\d+ \| +\d+ \|$/);
});

Deno.test("a mistake on the command line is one sentence", async () => {
  const refused = await bench("engine", "--threads", "many");
  assertEquals(refused, {
    ...{ code: 2, out: [] },
    errors: [
      "error: the flag --threads must be an integer from 1 to 256, got many; usage: bench engine [--engine NAMES] " +
      "[--threads N] [--repeats N] [--cases WORDS] [--adapter KIND] …",
    ],
  });
  const unknown = await bench("mesh");
  assertEquals(unknown.errors, [
    "error: the command must be one of engine, network, peers, predict, volume, got mesh; " +
    "usage: bench COMMAND … (bench COMMAND --help says more)",
  ]);
});
