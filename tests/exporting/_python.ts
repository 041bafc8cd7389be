/** The Python that has what a test needs. */
import { messageOf } from "../../src/core/errors.ts";

/** Pythons to look in: the one that was asked for, the user's, the system's. */
const pythons = [Deno.env.get("PYTHON"), "python3", "/usr/bin/python3"].filter((name) => name !== undefined);

/** Runs Python with these arguments; gives what it printed. @throws {Error} with what it complained of. */
export type Python = (...args: string[]) => Promise<string>;

async function find(modules: readonly string[]): Promise<{ python: Python } | { missing: string }> {
  const look = "import sys, importlib.util as u; " +
    "print(*[m for m in sys.argv[1:] if u.find_spec(m) is None])";
  const missing: string[] = [];
  for (const name of pythons) {
    const python = async (...args: string[]) => {
      const command = new Deno.Command(name, { args: ["-B", ...args], stdin: "null", env: { OMP_NUM_THREADS: "1" } });
      const { success, stdout, stderr } = await command.output();
      if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr).slice(-2000)}`);
      return new TextDecoder().decode(stdout);
    };
    try {
      const lacking = (await python("-c", look, ...modules)).trim();
      if (lacking === "") return { python };
      missing.push(`${name} lacks ${lacking}`);
    } catch (error) {
      missing.push(messageOf(error));
    }
  }
  return { missing: missing.at(0)! };
}

/** A test that runs Python with `modules`; where there is none it is skipped, with the reason in its name. */
export async function pythonTest(
  sentence: string,
  modules: readonly string[],
  test: (python: Python) => Promise<void>,
): Promise<void> {
  const found = await find(modules);
  const missing = "missing" in found ? found.missing : undefined;
  Deno.test({
    name: missing === undefined ? sentence : `${sentence} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn: () => test((found as { python: Python }).python),
  });
}
