/**
 * What a hardship needs of the machine: networks and disks of its own.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf } from "../../src/core/errors.ts";
import { whyNoNamespaces } from "../../tests/integration/fixtures/network.ts";
import { type HardshipName, hardshipOf } from "./_hardships.ts";

/** A few times what a small site needs. */
const DISK = "64m";

/** More rounds than a small site does in a second where two of them share a processor core. */
const PACE = 3;

/** More rounds than one of `sites` will do in a second, beside all else that this machine has to do now. */
export function paceHere(sites: number): number {
  const [load] = Deno.loadavg();
  return PACE * Math.min(1, navigator.hardwareConcurrency * 2 / (sites + load));
}

async function run(...[program, ...args]: [string, ...string[]]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr).trim().split("\n")[0]}`);
}

/** A disk of its own at `directory`, which is made. @throws {Error} if this user may mount none. */
export async function mountDisk(directory: string): Promise<AsyncDisposable> {
  await Deno.mkdir(directory, { recursive: true });
  await run("mount", "-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", directory);
  return { [Symbol.asyncDispose]: () => run("umount", directory) };
}

async function whyNoDisk(): Promise<string | undefined> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    await using _disk = await mountDisk(join(directory, "disk"));
    return undefined;
  } catch (error) {
    return messageOf(error).replaceAll(directory, "");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Why a hardship cannot be had on this machine; undefined if it can. */
export async function whyNotHere(name: HardshipName): Promise<string | undefined> {
  if (Deno.build.os === "windows") return "there are no signals that stop a process";
  const { needs } = hardshipOf(name);
  return needs === "namespaces" ? await whyNoNamespaces() : needs === "disk" ? await whyNoDisk() : undefined;
}
