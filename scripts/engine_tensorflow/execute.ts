/**
 * Other programs, run to their end.
 *
 * @module
 */

/** Options of {@linkcode execute}. */
export interface ExecuteOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Let the program write to the terminal instead of into the result. @default false */
  show?: boolean;
}

/** How a program ended. */
export interface Execution {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `command`; one that is not installed counts as failed. */
export async function execute(command: readonly string[], options: ExecuteOptions = {}): Promise<Execution> {
  const { show = false, cwd } = options;
  const env = { NO_COLOR: "1", ...options.env }; // what is read is to be without escape sequences
  const [program, ...args] = command;
  const output = show ? "inherit" : "piped";
  try {
    const child = new Deno.Command(program, { args, stdin: "null", stdout: output, stderr: output, cwd, env });
    const { success, stdout, stderr } = show ? { ...await child.spawn().status, ...empty } : await child.output();
    const decoder = new TextDecoder();
    return { ok: success, stdout: decoder.decode(stdout).trim(), stderr: decoder.decode(stderr).trim() };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { ok: false, stdout: "", stderr: `${program} is not installed` };
  }
}

const empty = { stdout: new Uint8Array(), stderr: new Uint8Array() };

/** The first of `programs` that answers `args` with success. */
export async function firstThatRuns(programs: readonly string[], args: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    if ((await execute([program, ...args])).ok) return program;
  }
}

/** The line of a program's complaints that says most: the first that speaks of an error, else the last. */
export function reasonIn(complaints: string): string {
  const lines = complaints.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? "it gave no reason";
}
