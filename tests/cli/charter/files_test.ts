import { assertEquals, assertRejects } from "@std/assert";
import { readRequest } from "../../../src/cli/charter/_files.ts";
import { UserError } from "../../../src/core/errors.ts";
import { joinRequest, makeMember } from "../../../src/mesh/charter/member.ts";
import { loadIdentity } from "../../../src/mesh/envelope/identity.ts";
import { withFolder } from "../../mesh/charter/_charters.ts";

Deno.test("a join request is read with a byte order mark, and one that is no JSON is one sentence", () =>
  withFolder(async (directory) => {
    const member = await makeMember(await loadIdentity(`${directory}/state`), { consortium: "heart", name: "a" });
    const path = `${directory}/a.join.json`;
    const text = JSON.stringify(joinRequest("heart", member));
    await Deno.writeTextFile(path, `\uFEFF${text}`);
    assertEquals((await readRequest(path)).member.name, "a");
    await Deno.writeTextFile(path, text.slice(0, -1));
    await assertRejects(() => readRequest(path), UserError, "reading the join request: it must be JSON; ");
  }));
