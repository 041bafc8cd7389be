/** What people are told of errors that the system makes. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describeError } from "../../src/cli/command.ts";
import { messageOf, systemFault, UserError } from "../../src/core/errors.ts";

/** As Deno throws it. */
const full = (message: string) => Object.assign(new Error(message), { code: "ENOSPC" });

Deno.test("a system's error is told in words, with its operation and path where the system names them", () => {
  const rule = "the disk is full; free some of it, or name a place on another";
  assertEquals(messageOf(full("No space left on device (os error 28)")), rule);
  assertEquals(messageOf(full("No space left on device (os error 28): writefile '/a'")), `${rule}: writefile '/a'`);
  const file = Deno.makeTempFileSync();
  const below = assertThrows(() => Deno.mkdirSync(`${file}/folder`));
  assertEquals(messageOf(below), `there is a file where a folder is needed: mkdir '${file}/folder'`);
  Deno.removeSync(file);
  assertEquals([messageOf(new RangeError("no")), messageOf("text"), systemFault(new Error("x"))], [
    "no",
    "text",
    undefined,
  ]);
});

Deno.test({
  name: "a full disk and a missing permission are no mistake of the program's, whoever meets them",
  permissions: { read: false },
  fn() {
    assertMatch(
      describeError(full("No space left on device (os error 28)")),
      /^error: the disk is full; free some[^(]*$/,
    );
    const error = assertThrows(() => Deno.readTextFileSync("/etc/hostname"));
    assertMatch(describeError(error), /^error: Requires read access .* run again with the --allow-read flag$/);
    // whoever wraps it need not say it, and it is not said twice
    const unsaid = new UserError("opening: it must exist", { cause: new UserError("looking", { cause: error }) });
    assertMatch(describeError(unsaid), /^error: opening: it must exist; Requires read access .* --allow-read flag$/);
    const said = new UserError(`opening: ${messageOf(error)}`, { cause: error });
    assertEquals(describeError(said), `error: opening: ${messageOf(error)}`);
    assertMatch(describeError(new TypeError("x is undefined")), /\(unexpected, at .*please report it/);
  },
});
