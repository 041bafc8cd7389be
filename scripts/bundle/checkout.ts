/**
 * The project's own files, and which state of it they are, as git tells.
 *
 * @module
 */
import { UserError } from "../../src/core/errors.ts";
import { execute, reasonIn } from "../engine_tensorflow/execute.ts";

/** What is carried whole. */
const CARRIED = ["src", "peers", "scripts", "docs", "mod.ts", "README.md", "ARCHITECTURE.md", "LICENSE"];

/** A checkout of the project. */
export interface Checkout {
  /** The files to carry, relative to it, sorted. */
  readonly files: readonly string[];
  /** The commit, and whether anything was changed since. */
  readonly commit: string;
}

async function git(root: string, ...args: readonly string[]): Promise<string> {
  const { ok, stdout, stderr } = await execute(["git", "-C", root, ...args]);
  if (ok) return stdout;
  throw new UserError(`making the bundle: the project must be a checkout by git: ${reasonIn(stderr)}`, { where: root });
}

/** Looks at the checkout in `root`. @throws {UserError} unless it is one */
export async function readCheckout(root: string): Promise<Checkout> {
  const files = (await git(root, "ls-files", "-z", "--", ...CARRIED)).split("\0").filter(Boolean);
  const [commit, changes] = [await git(root, "rev-parse", "HEAD"), await git(root, "status", "--porcelain")];
  return { files: files.toSorted(), commit: changes === "" ? commit : `${commit}, and changes after it` };
}

/** Pages that commands write their results to: they may change where a bundle is used, and are not checked. */
export const isResult = (file: string): boolean => /^scripts\/.*\.(md|csv|svg|json)$/.test(file);
