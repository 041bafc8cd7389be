/** Sums, tables, picture and page of a profile, and the command's answers to bad input. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parse } from "node-html-parser";
import { layOut } from "../../scripts/profile/_flame.ts";
import { renderProfile } from "../../scripts/profile/_page.ts";
import { OUTSIDE, profileOf, sumBy, treeOf } from "../../scripts/profile/_profile.ts";
import type { KernelRun, Phase } from "../../scripts/profile/recorder.ts";
import { tablesOf } from "../../scripts/profile/_tables.ts";

const run = (phase: Phase, layer: string, kernel: string, milliseconds: number): KernelRun => ({
  ...{ phase, layer, kernel, milliseconds, work: { operations: 0, bytes: 0 } },
});

/** Two steps of 20 and 30 ms. */
const profile = profileOf([
  {
    milliseconds: 20,
    runs: [
      run("backward", "encoder/level0/block0", "Gradient", 8),
      run("forward", "encoder/level0/block0", "Conv3D", 2),
      run("forward", "encoder/level0/block0", "Conv3D", 3),
      run("forward", "loss", "Exp<", 1),
      run("update", "", "Norm", 1),
    ],
  },
  {
    milliseconds: 30,
    runs: [
      run("forward", "encoder/level0/block0", "Conv3D", 7),
      run("backward", "encoder/level0/block0", "Gradient", 12),
      run("forward", "loss", "Exp<", 1),
    ],
  },
]);

Deno.test("a profile is the mean over its steps, and its parts add up to the whole", () => {
  assertEquals([profile.steps, profile.milliseconds, profile.outside], [2, 25, 25 - 17.5]);
  assertEquals(profile.rows.map(({ name, calls, milliseconds }) => [name, calls, milliseconds]), [
    ["Gradient", 1, 10],
    ["Conv3D", 1.5, 6],
    ["Exp<", 1, 1],
    ["Norm", 0.5, 0.5],
  ]);
  assertEquals(sumBy(profile.rows, ({ layer }) => layer).map(({ name, milliseconds }) => [name, milliseconds]), [
    ["encoder/level0/block0", 16],
    ["loss", 1],
    ["", 0.5],
  ]);
  assertEquals(profileOf([{ milliseconds: 1, runs: [run("update", "", "Norm", 2)] }]).outside, 0);
  assertThrows(() => profileOf([]), RangeError, "one recorded step");
});

Deno.test("the tree has phases in their order, layers by their path, kernels as leaves", () => {
  const tree = treeOf(profile);
  assertEquals(tree.children.map(({ name }) => name), ["forward", "backward", "update", OUTSIDE]);
  const [forward, , update] = tree.children;
  assertEquals(forward.children.map(({ name, milliseconds }) => [name, milliseconds]), [["encoder", 6], ["loss", 1]]);
  const [level] = forward.children[0].children;
  assertEquals([level.name, level.children[0].name, level.children[0].children[0].name], [
    "level0",
    "block0",
    "Conv3D",
  ]);
  assertEquals(update.children.map(({ name }) => name), ["Norm"]);
  const sum = tree.children.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  assertAlmostEquals(sum, tree.milliseconds, 1e-9);
});

Deno.test("in the picture parts lie within their whole and beside one another", () => {
  const boxes = layOut(treeOf(profile), 1000);
  assertEquals([boxes[0].x, boxes[0].width, boxes[0].depth], [0, 1000, 0]);
  for (const box of boxes) {
    const inside = boxes.filter((other) => other.path.length === box.path.length + 1)
      .filter((other) => box.path.every((name, i) => other.path[i] === name));
    let free = box.x;
    for (const { x, width } of inside) {
      assertAlmostEquals(x, free, 1e-9, box.path.join());
      free = x + width;
    }
    assert(free <= box.x + box.width + 1e-9);
  }
  assertEquals(layOut({ name: "nothing", milliseconds: 0, children: [] }, 1000), []);
});

Deno.test("the tables hold every kernel and layer, what no kernel took, and the whole", () => {
  const [kernels, layers] = tablesOf(profile);
  assertEquals(kernels.rows[0], ["Gradient", "1", "10.00", "40.0 %"]);
  assertEquals(kernels.rows.slice(-2), [[OUTSIDE, "", "7.50", "30.0 %"], ["whole step", "", "25.00", "100.0 %"]]);
  assertEquals(layers.rows[0], ["encoder/level0/block0", "6.00", "10.00", "0.00", "64.0 %"]);
  assertEquals(layers.rows.length, 3);
});

Deno.test("the page has the picture and the tables, everything escaped and no script", () => {
  const page = renderProfile(profile, { title: "<b>step</b>", facts: ["2 cores"], note: "By the clock." });
  const root = parse(page);
  assertEquals(root.querySelectorAll("rect").length, layOut(treeOf(profile), 1040).length);
  assertEquals(root.querySelectorAll("table").length, 2);
  assertEquals(root.querySelectorAll("script, h1 b").length, 0);
  assert(page.includes("Exp&lt;") && !page.includes("Exp<"));
});

Deno.test("bad input to the command is one sentence with the flag and the value", async () => {
  const main = fromFileUrl(new URL("../../scripts/profile/main.ts", import.meta.url));
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];
  const answers: [string[], number, string][] = [
    [["--extent", "20"], 1, "must be positive multiples of [8, 8, 8]"],
    [["--engine", "quantum"], 2, "the flag --engine must be one of auto, tensorflow"],
    [["--steps", "0"], 2, "the flag --steps must be an integer of at least 1, got 0"],
    [
      ["--engine", "cpu", "--base", "1", "--extent", "8", "--out", "/no/such/folder/p.html"],
      1,
      "the folder of the file must exist (/no/such/folder)",
    ],
  ];
  await Promise.all(answers.map(async ([args, expected, words]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...permissions, main, ...args],
      ...{ stdin: "null", stdout: "null", stderr: "piped" },
    }).output();
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    assertEquals([code, lines.length], [expected, 1], lines.join("\n"));
    assert(lines[0].startsWith("error: ") && lines[0].includes(words), lines[0]);
  }));
});
