/** The Python that has PyTorch, for tests that compare with it. */
import { messageOf } from "../../src/core/errors.ts";
import { pytorchCommand } from "../../scripts/bench/contestants.ts";
import { MeasuredProcess } from "../../scripts/bench/measured_process.ts";

/** Pythons to look in: the one that was asked for, the user's, the system's. */
const pythons = [Deno.env.get("PYTHON"), "python3", "/usr/bin/python3"].filter((name) => name !== undefined);

/** Starts PyTorch's process. */
export type StartPytorch = () => MeasuredProcess;

async function find(): Promise<{ start: StartPytorch } | { missing: string }> {
  let missing = "";
  for (const python of pythons) {
    const start = () => MeasuredProcess.start("pytorch", pytorchCommand({ python, threads: 1 }, { device: "cpu" }));
    try {
      const process = start();
      try {
        await process.ask({ do: "describe" });
        return { start };
      } finally {
        await process.stop();
      }
    } catch (error) {
      missing = messageOf(error);
    }
  }
  return { missing };
}

const found = await find();

/** A test that talks to PyTorch; where there is none it is skipped, with the reason in its name. */
export function pytorchTest(sentence: string, test: (start: StartPytorch) => Promise<void>): void {
  const missing = "missing" in found ? found.missing : undefined;
  Deno.test({
    name: missing === undefined ? sentence : `${sentence} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn: () => test((found as { start: StartPytorch }).start),
  });
}
