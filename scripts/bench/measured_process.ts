/**
 * A process that measures on command: one of an engine or one of PyTorch. Requests and answers are lines of JSON on its
 * stdin and stdout; what it prints to stderr is kept for the reason of a failure.
 *
 * @module
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { UserError } from "../../src/core/errors.ts";
import { Deadline, raceAbort } from "../../src/core/deadline.ts";
import type { Case } from "./cases.ts";

/** What can be asked of a process. */
export type Request =
  | { readonly do: "describe" }
  | { readonly do: "prepare"; readonly case: Case }
  | { readonly do: "run"; readonly seconds: number }
  | { readonly do: "check"; readonly [field: string]: unknown };

/** What a process says about itself. */
export interface Description {
  /** Versions, build, card. */
  readonly detail: string;
  readonly threads: number;
  /** Measured at the start, where it is. */
  readonly gflops?: number;
}

/** The times of some runs and the memory after them. */
export interface RunAnswer {
  readonly milliseconds: readonly number[];
  /** What the engine's tensors are kept in, where it is known: it never shrinks, so this is its peak. */
  readonly heldBytes: number | null;
  /** The largest resident memory of the process so far. */
  readonly peakBytes: number;
}

/** The lines of a stream of UTF-8. */
export function linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return bytes.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

/** The last line of `text` that says something. */
export function lastLine(text: string): string | undefined {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").at(-1);
}

/** A started process, answering one request at a time. */
export class MeasuredProcess {
  readonly name: string;
  readonly #process: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  readonly #patience: number | undefined;

  private constructor(name: string, process: Deno.ChildProcess, patience: number | undefined) {
    this.name = name;
    this.#patience = patience;
    this.#process = process;
    this.#requests = process.stdin.getWriter();
    this.#answers = linesOf(process.stdout).getReader();
    this.#errors = new Response(process.stderr).text();
  }

  /**
   * @param patience seconds after which a process that owes an answer is killed; none: it is waited for
   * @throws {UserError} if the command cannot be run.
   */
  static start(name: string, command: readonly [string, ...string[]], patience?: number): MeasuredProcess {
    const [program, ...args] = command;
    try {
      const options = { args, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
      return new MeasuredProcess(name, new Deno.Command(program, options).spawn(), patience);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UserError(`starting ${name}: there must be such a program`, { value: program });
    }
  }

  /** @throws {UserError} with the process's own reason, or the last line of its stderr if it has ended. */
  async ask<Answer>(request: Request | { readonly do: string }): Promise<Answer> {
    const bytes = new TextEncoder().encode(JSON.stringify(request) + "\n");
    const written = await this.#requests.write(bytes).then(() => true, () => false); // a closed pipe: see why below
    const { value: line } = written ? await this.#read() : {};
    if (line === undefined) throw await this.#ended(request);
    const answer = JSON.parse(line);
    if (typeof answer.error === "string") throw new UserError(answer.error);
    return answer;
  }

  async #read(): Promise<{ value?: string }> {
    const answer = this.#answers.read();
    if (this.#patience === undefined) return await answer;
    using limit = new Deadline(this.#patience * 1000, this.name);
    try {
      return await raceAbort(answer, limit.signal);
    } catch (error) {
      if (error !== limit.signal.reason) throw error;
      this.#kill();
      throw new UserError(`${this.name} must answer in time, and was ended`, { value: `${this.#patience} s` });
    }
  }

  /** A driver that hangs does not let a process end by itself. */
  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has just ended
    }
  }

  async #ended({ do: what }: { do: string }): Promise<UserError> {
    const [errors, { code, signal }] = await Promise.all([this.#errors, this.#process.status]);
    const why = lastLine(errors) ?? (signal ? `killed by ${signal}` : `exit code ${code}`);
    return new UserError(`${this.name} has ended at "${what}"`, { value: why });
  }

  /** Lets the process end; returns when it has. */
  async stop(): Promise<void> {
    await this.#requests.close().catch(() => undefined); // it may have ended by itself
    await this.#answers.cancel();
    const ended = Promise.all([this.#errors, this.#process.status]);
    const timer = this.#patience === undefined ? undefined : setTimeout(() => this.#kill(), this.#patience * 1000);
    await ended;
    clearTimeout(timer);
  }
}
