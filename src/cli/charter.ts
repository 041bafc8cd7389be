/**
 * `deno task charter COMMAND …`: who belongs to a consortium. Every site makes its keys, one puts the first version
 * together, as many as it asks for sign it, and every later change goes the same way, as a file by mail; peers pass
 * what is in force on by themselves.
 *
 * @module
 */
import { admit } from "./charter/admit.ts";
import { approve } from "./charter/approve.ts";
import { create } from "./charter/create.ts";
import { join } from "./charter/join.ts";
import { merge } from "./charter/merge.ts";
import { revoke } from "./charter/revoke.ts";
import { rotate } from "./charter/rotate.ts";
import { show } from "./charter/show.ts";
import { threshold } from "./charter/threshold.ts";
import { verify } from "./charter/verify.ts";
import { withdraw } from "./charter/withdraw.ts";
import { defineGroup } from "./flags/mod.ts";

/** The command. */
export const charter = defineGroup({
  name: "charter",
  does: "who belongs to a consortium: sites ask to join, and sign every version together",
  commands: [join, create, show, verify, approve, merge, withdraw, admit, revoke, rotate, threshold],
});

if (import.meta.main) await charter.main();
