/**
 * `deno task evaluate` as a reviewer runs it, on phantoms that are small enough for a test, with real processes and
 * signals.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import deno from "../../deno.json" with { type: "json" };
import { readResults } from "../../src/evaluation/results/results.ts";
import { givePhantoms } from "../_phantoms.ts";
import { withDirectory } from "./_consortium.ts";
import { root } from "./fixtures/deno_run.ts";

const PROTOCOL = {
  data: { voxels: 4096 },
  network: { baseFilters: 4, levels: 2, patchVoxels: 2048 },
  split: { folds: 2, probe: 1, tested: 2 },
  schedule: { rounds: 1, stepsPerRound: 2 },
  fineTune: { steps: 2, rounds: 2 },
  methods: {
    // ten minutes at least in which nothing is told
    long: { objective: "fcl", fineTune: { steps: 20_000 } },
    longer: { objective: "fcl", fineTune: { steps: 20_001 } },
    lost: { from: { evaluation: "no/such/folder", method: "fcl" } },
  },
};

/** What `promise` gives, unless that takes more than some milliseconds. */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not in ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The command with the permissions of its task. */
class Evaluate {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  readonly told: string[] = [];

  constructor(args: readonly string[]) {
    const [, ...task] = deno.tasks.evaluate.command.split(" ");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...task, ...args],
      cwd: root,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines: ReadableStream<string> = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    this.#lines = lines.getReader();
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Resolves once a line of standard output fits. */
  async line(fits: RegExp): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`it ended without ${fits}: ${this.told.join("\n")} ${await this.#errors}`);
      this.told.push(value);
      if (fits.test(value)) return;
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Resolves once it and all that it began have ended: its processes write to the same standard error. */
  async end({ within = 300_000 } = {}): Promise<{ code: number; errors: string[]; told: string[] }> {
    for (let next = await this.#lines.read(); !next.done; next = await this.#lines.read()) this.told.push(next.value);
    const { code } = await this.#child.status;
    const errors = (await inTime(this.#errors, within)).split("\n").filter((line) => line !== "");
    return { code, errors, told: this.told };
  }
}

const run = (args: readonly string[]) => new Evaluate(args).end();

/** Runs `test` on three sites of phantoms; `args` are what every run has. */
function withPhantoms(test: (directory: string, args: string[]) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const [dataset, protocol, out] = ["data", "protocol.json", "out"].map((name) => join(directory, name));
    await givePhantoms(dataset, { sites: 3, casesPerSite: 6 });
    await Deno.writeTextFile(protocol, JSON.stringify(PROTOCOL));
    const engine = ["--engine", "wasm", "--threads", "1", "--folds", "1", "--parallel", "1"];
    await test(directory, ["--dataset", dataset, "--protocol", protocol, "--out", out, ...engine]);
  });
}

Deno.test("an evaluation is killed, goes on, is interrupted, and comes to its end with all that was finished", () =>
  withPhantoms(async (directory, args) => {
    const out = join(directory, "out"),
      change = (changes: object) =>
        Deno.writeTextFile(join(directory, "protocol.json"), JSON.stringify({ ...PROTOCOL, ...changes }));
    const one = [...args, "--methods", "scratch,fcl", "--labelled", "1"];
    const killed = new Evaluate([...args, "--methods", "scratch,long", "--labelled", "1"]);
    await killed.line(/^\[1\/2\] scratch\/local\/n1\/fold0\/seed11: mean Dice 0\.\d{3}/);
    await killed.line(/^\[1\/2\] long\/fold0\/seed11: pre-training, round 1 of 1/); // a process of its own is at work
    killed.kill("SIGKILL");
    await killed.end({ within: 120_000 }); // that process, too
    const cells = await Deno.readTextFile(join(out, "cells.csv"));
    assertEquals(cells.trimEnd().split("\n").length, 2);

    const resumed = await run(one);
    assertEquals([resumed.code, resumed.errors], [0, []], resumed.told.join("\n"));
    assertEquals(resumed.told[0], "2 cells, of which 1 are finished");
    assert(!resumed.told.some((line) => line.includes("scratch")), resumed.told.join("\n"));
    assertStringIncludes(await Deno.readTextFile(join(out, "cells.csv")), cells);
    const { rows, finished } = await readResults(out);
    assertEquals([...finished.keys()], ["scratch/local/n1/fold0/seed11", "fcl/local/n1/fold0/seed11"]);
    assertEquals(rows.length, 2 * 2 * 3 * 3); // methods, tested sites, test cases a site, classes
    const files = [...Deno.readDirSync(out)].map(({ name }) => name);
    for (const name of ["results.csv", "results.md", "results.html", "dice_by_labels_local.svg"]) {
      assert(files.includes(name), files.join(", "));
    }
    const markdown = await Deno.readTextFile(join(out, "results.md"));
    for (const part of ["# Phantom: evaluation", "## Pre-training", "3 sites with 2 training volumes"]) {
      assertStringIncludes(markdown, part);
    }
    // everything that made it: the command that was killed and the one that went on, and what they computed with
    for (const methods of ["scratch,long", "scratch,fcl"]) {
      assertMatch(markdown, new RegExp(`Made by .*--methods ${methods} `));
    }
    assertMatch(markdown, /Engine wasm \(.*SIMD, 1 thread\);/);
    const { commands } = JSON.parse(await Deno.readTextFile(join(out, "evaluation.json")));
    assertEquals(commands.length, 2);

    await change({ fineTune: { steps: 3, rounds: 2 } });
    const changed = await run(one);
    assertEquals([changed.code, changed.errors.length], [1, 1], changed.errors.join("\n"));
    assertMatch(changed.errors[0], /^error: going on with an evaluation: data, protocol, .*evaluation\.json/);
    await change({ methods: { fcl: { fineTune: { steps: 3 } } } });
    const other = await run(one);
    assertEquals([other.code, other.errors.length], [1, 1], other.errors.join("\n"));
    assertMatch(other.errors[0], /^error: going on with an evaluation: the protocol.s method fcl .*evaluation\.json/);

    await change({});
    const more = [...args, "--methods", "lost,fcl,longer", "--labelled", "2"];
    const interrupted = new Evaluate(more);
    await interrupted.line(/^\[1\/3\] longer\/fold0\/seed11: pre-training, round 1 of 1/);
    assert(!interrupted.told.some((line) => line.includes("] fcl/fold0")), "not with the encoders that were kept");
    interrupted.kill("SIGINT");
    const { code, errors } = await interrupted.end();
    assertEquals(code, 130);
    assertEquals(errors.length, 2, errors.join("\n"));
    assertMatch(errors[0], /^error: transferring what is pre-trained: .*no\/such\/folder/); // the others had gone on
    assertEquals(errors[1], "the evaluation was interrupted; the same command goes on with it");
    const after = await readResults(out);
    assertEquals([...after.finished.keys()].slice(2), ["fcl/local/n2/fold0/seed11"]);
    assertEquals(after.rows.slice(0, rows.length), rows);

    const lost = await run([...args, "--methods", "lost", "--labelled", "1"]);
    assertEquals([lost.code, lost.errors.length], [1, 2], lost.errors.join("\n"));
    assertMatch(lost.errors[1], /^error: running an evaluation: every group .*lost.*fold0.*seed11: exit code 1/);
  }));

Deno.test("an evaluation runs an objective that an extension of its protocol registers", () =>
  withPhantoms(async (directory, args) => {
    const flags = [...args, "--methods", "vicreg", "--labelled", "1"];
    const unknown = await run(flags);
    assertEquals([unknown.code, unknown.errors.length], [2, 1], unknown.errors.join("\n"));
    const extensions = [join(root, "scripts/examples/objective.ts")];
    await Deno.writeTextFile(join(directory, "protocol.json"), JSON.stringify({ ...PROTOCOL, extensions }));
    const { code, errors, told } = await run(flags);
    assertEquals([code, errors], [0, []], told.join("\n"));
    const { finished } = await readResults(join(directory, "out"));
    assertEquals([...finished.keys()], ["vicreg/local/n1/fold0/seed11"]);
  }));
