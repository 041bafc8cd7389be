import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../../src/model/checkpoint.ts";
import { readSafetensors, writeSafetensors } from "../../src/model/weights_file.ts";

const vectorsOf = (value: number) => [{ name: "w", shape: [3], data: new Float32Array(3).fill(value) }];

async function inTemporaryDirectory(body: (directory: string) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const namesIn = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

const file = (number: number) => `checkpoint-${String(number).padStart(8, "0")}.safetensors`;

Deno.test("no checkpoint yet is no error", () =>
  inTemporaryDirectory(async (directory) => {
    assertEquals(await readLatestCheckpoint(directory), undefined);
    assertEquals(await readLatestCheckpoint(join(directory, "absent")), undefined);
  }));

Deno.test("the newest checkpoint comes back and the last two are kept", () =>
  inTemporaryDirectory(async (root) => {
    const directory = join(root, "made", "on", "demand");
    for (const round of [1, 2, 3]) await writeCheckpoint(directory, { vectors: vectorsOf(round), state: { round } });
    const { vectors, state, damaged } = (await readLatestCheckpoint(directory))!;
    assertEquals({ vectors, state, damaged }, { vectors: vectorsOf(3), state: { round: 3 }, damaged: [] });
    assertEquals(namesIn(directory), [file(2), file(3)]);
  }));

Deno.test("a damaged newest checkpoint falls back to the one before, and that one outlives it", () =>
  inTemporaryDirectory(async (directory) => {
    for (const round of [1, 2]) await writeCheckpoint(directory, { vectors: vectorsOf(round), state: { round } });
    const newest = join(directory, file(2)), whole = await Deno.readFile(newest);
    for (let position = 0; position < whole.length; position++) {
      const bytes = whole.slice();
      bytes[position] ^= 1;
      await Deno.writeFile(newest, bytes);
      const { state, damaged } = (await readLatestCheckpoint(directory))!;
      assertEquals(state, { round: 1 }, `byte ${position}`);
      assertEquals(damaged.map(({ path }) => path), [newest]);
    }
    await Deno.writeFile(newest, whole.subarray(0, 20));
    await writeCheckpoint(directory, { vectors: vectorsOf(3), state: { round: 3 } });
    assertEquals(namesIn(directory), [file(1), file(3)]);
  }));

Deno.test("what a killed writer left is passed over, and cleared by the next", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, `${file(1)}.0815cafe.tmp`), "half a check");
    await Deno.writeTextFile(join(directory, "notes.txt"), "not ours");
    assertEquals(await readLatestCheckpoint(directory), undefined);
    await writeCheckpoint(directory, { vectors: vectorsOf(1), state: null });
    assertEquals(namesIn(directory), [file(1), "notes.txt"]);
  }));

Deno.test("when every checkpoint is damaged the user is told, not started anew in silence", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, file(1)), "");
    await assertRejects(() => readLatestCheckpoint(directory), UserError, "all are damaged");
  }));

Deno.test("a place that cannot be written to is named", () =>
  inTemporaryDirectory(async (directory) => {
    const blocked = join(directory, "file");
    await Deno.writeTextFile(blocked, "");
    const contents = { vectors: vectorsOf(1), state: {} };
    await assertRejects(() => writeCheckpoint(blocked, contents), UserError, blocked);
    await assertRejects(() => writeSafetensors(join(blocked, "w"), vectorsOf(1)), UserError, blocked);
    await assertRejects(() => readSafetensors(join(directory, "absent")), UserError, "absent");
  }));

Deno.test("killed at any instant while it writes, a process leaves a whole checkpoint", () =>
  inTemporaryDirectory(async (directory) => {
    const code = `
      import { writeCheckpoint } from ${JSON.stringify(import.meta.resolve("../../src/model/checkpoint.ts"))};
      for (let round = 1;; round++) {
        const vectors = [{ name: "w", shape: [200_000], data: new Float32Array(200_000).fill(round) }];
        await writeCheckpoint(Deno.args[0], { vectors, state: { round } });
        console.log(round);
      }`;
    const script = join(directory, "write.ts"), place = join(directory, "checkpoints");
    await Deno.writeTextFile(script, code);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    for (const rounds of [1, 2, 4]) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-read", "--allow-write", "--config", config, script, place],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      let seen = 0;
      for await (const bytes of child.stdout) {
        seen += new TextDecoder().decode(bytes).split("\n").length - 1;
        if (seen >= rounds) break;
      }
      child.kill("SIGKILL");
      await child.status;
      const { vectors, state, damaged } = (await readLatestCheckpoint(place))!;
      const { round } = state as { round: number };
      assertEquals(damaged, []);
      assertEquals(vectors[0].data.every((value) => value === round), true);
      assertEquals(round >= rounds, true);
    }
  }));
