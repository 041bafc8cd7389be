/** `deno task charter` as a site's people run it, with the permissions of the task. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { readCharterFile } from "../../src/mesh/charter/file.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { withFolder } from "../mesh/charter/_charters.ts";
import type { Ended } from "./fixtures/charter_lines.ts";

const path = (relative: string) => fromFileUrl(new URL(`../../${relative}`, import.meta.url));

/** Runs `script` in `directory` with the permissions of the task. */
async function task(directory: string, script: string, ...args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    cwd: directory,
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", `--config=${path("deno.json")}`]
      .concat(path(script), args),
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, out, error };
}

/** Runs lines one after the other in `directory`, in one process: most of a line's time is that of its start. */
async function charter(directory: string, lines: readonly string[]): Promise<Ended[]> {
  const { out, error } = await task(directory, "tests/cli/fixtures/charter_lines.ts", JSON.stringify(lines));
  assertEquals(error, "");
  return JSON.parse(out);
}

/** Runs commands that must go well; what each writes. */
async function run(directory: string, ...lines: string[]): Promise<string[]> {
  const ended = await charter(directory, lines);
  assertEquals(ended.map(({ code, error }) => [code, error]), lines.map(() => [0, ""]), lines.join("\n"));
  return ended.map(({ out }) => out);
}

/** Three sites, a, b and c, whose charter needs two of them. */
async function found(directory: string): Promise<void> {
  await run(
    directory,
    ...["a", "b", "c"].map((name) => `join --state ${name} --name ${name} --consortium heart`),
    `create a.join.json b.join.json c.join.json --config ${path("peers/example.json")} --threshold 2 --state a`,
    "approve charter.json --state b",
  );
}

Deno.test("three sites found a charter by files, two sign each change, and no private key is in any file", () =>
  withFolder(async (directory) => {
    await found(directory);
    const [json, text, verified] = await run(
      directory,
      ...["show charter.json --json", "show charter.json", "verify charter.json"],
    );
    const shown = JSON.parse(json);
    assertEquals([shown.inForce.version, shown.inForce.members.length, shown.waiting], [1, 3, undefined]);
    assertMatch(shown.founding, /^(\d{5} ){7}\d{5}$/);
    assertEquals([shown.inForce.settings.seed, shown.inForce.settings.schedule.rounds], [1, 50]);
    assertMatch(text, /settings of all sites\n +seed +1\n +network +\{"baseFilters":8,/);
    assertStringIncludes(verified, `founded as ${shown.founding}`);

    const [revoked, approved] = await run(
      directory,
      ...["revoke charter.json c --state a", "approve charter.json --state b"],
      ...["join --state d --name d --consortium heart", "admit charter.json d.join.json --state b"],
    );
    assertStringIncludes(revoked, "version 2 waits: signed by a, 1 of 2");
    assertStringIncludes(approved, "version 2 is in force");
    await Deno.copyFile(`${directory}/charter.json`, `${directory}/copy.json`);
    await run(
      directory,
      ...["approve copy.json --state a", "merge charter.json copy.json"],
      ...["threshold charter.json 3 --state a", "withdraw charter.json"],
    );
    const { chain, pending } = await readCharterFile(`${directory}/charter.json`);
    assertEquals([chain?.version, pending], [3, undefined]);
    assertEquals(chain?.newest.members.map(({ name }) => name), ["a", "b", "d"]);

    for (const state of ["a", "b", "c", "d"]) {
      const { hpkePrivateKey, privateKey } = await loadIdentity(`${directory}/${state}`);
      const secrets = [hpkePrivateKey, privateKey.raw.slice(0, 32)].flatMap((key) => [key.toBase64(), key.toHex()]);
      for (const { name, isFile } of Deno.readDirSync(directory)) {
        if (!isFile) continue;
        const text = await Deno.readTextFile(`${directory}/${name}`);
        assert(!secrets.some((secret) => text.includes(secret.replaceAll("=", ""))), name);
      }
      assertEquals((await Deno.stat(`${directory}/${state}/identity.key`)).mode! & 0o777, 0o600);
    }
  }));

Deno.test("a site renews its keys: the old ones stay until the new are approved, and then sign the next version", () =>
  withFolder(async (directory) => {
    await found(directory);
    const old = await loadIdentity(`${directory}/b`);
    const [renewed] = await run(directory, "rotate charter.json --state b");
    assertStringIncludes(renewed, `in place of ${old.peerId}`);
    assertEquals((await loadIdentity(`${directory}/b`)).peerId, old.peerId);
    assertEquals((await Deno.stat(`${directory}/b/identity.key.next`)).mode! & 0o777, 0o600);
    await run(directory, "approve charter.json --state a", "revoke charter.json c --state b");
    const { chain, pending } = await readCharterFile(`${directory}/charter.json`);
    const [signer] = pending!.approval.signers;
    assertEquals(chain?.newest.members[1].peer, signer);
    assert(signer !== old.peerId);
    assertEquals((await loadIdentity(`${directory}/b`)).peerId, signer);
  }));

Deno.test("a join request takes no other file's place, and the same one again is no mistake", () =>
  withFolder(async (directory) => {
    const line = "join --state a --name a --consortium heart";
    await run(directory, line, line);
    for (
      const other of ["join --state a --name b --consortium heart", "join --state new --name a --consortium heart"]
    ) {
      const before = await Deno.readTextFile(`${directory}/a.join.json`);
      const { code, error } = await task(
        ...[directory, "src/cli/charter.ts", ...other.split(" "), "--out", "a.join.json"] as const,
      );
      assertEquals(code, 1);
      assertStringIncludes(error, "another file is there already, which stays");
      assertStringIncludes(error, "(a.join.json)");
      assertEquals(await Deno.readTextFile(`${directory}/a.join.json`), before);
    }
    assertEquals(await Deno.stat(`${directory}/new`).catch(() => "no folder"), "no folder");
  }));

Deno.test("what is wrong is said in one sentence, and changes no file", () =>
  withFolder(async (directory) => {
    await found(directory);
    await run(directory, "join --state e --name e --consortium lung", "join --state f --name f --consortium heart");
    await Deno.copyFile(`${directory}/charter.json`, `${directory}/waiting.json`);
    await run(directory, "revoke waiting.json c --state a");
    const cases: [string, number, string][] = [
      ["", 2, "the command must be one of join, create"],
      ["abolish charter.json", 2, "the command must be one of join, create"],
      ["aprove charter.json", 2, "got aprove (did you mean approve?); usage: charter COMMAND"],
      ["join --state x --name x", 2, "the flag --consortium is needed"],
      ["threshold charter.json many --state a", 2, "the argument M must be an integer of at least 1, got many"],
      ["join --state x --name x/y --consortium heart", 1, `field "member.name" must be 1 to 64 letters`],
      [
        "create a.join.json --threshold 0 --state a --config c",
        2,
        "the flag --threshold must be an integer of at least 1, got 0",
      ],
      [`create a.join.json --threshold 1 --state a --config ${path("peers/example.json")}`, 1, "must not be there yet"],
      ["admit charter.json e.join.json --state a", 1, "a request must be for heart (e.join.json: lung)"],
      [
        "admit charter.json a.join.json --state a",
        1,
        "a name must stand in a charter once, got a twice (charter.json)",
      ],
      [
        "admit charter.json charter.json --state a",
        1,
        'field "format" must be "syncytium join request 1" (charter.json)',
      ],
      ["revoke charter.json z --state a", 1, "must have a member of this name or peer id: z (charter.json)"],
      ["revoke charter.json c --state f", 1, "must have a member of this name or peer id: 12D3"],
      [
        "revoke charter.json c --state nowhere",
        1,
        "the state directory must hold them (charter join makes them) (nowhere)",
      ],
      ["revoke charter.json b --state a", 1, "this site has signed another version 2, "],
      ["threshold charter.json 4 --state b", 1, "at most the number of members, got 4 of 3 (charter.json)"],
      ["threshold charter.json 2 --state b", 1, "the threshold is 2 already (charter.json)"],
      ["approve charter.json --state a", 1, "must wait for signatures, but version 1 is in force (charter.json)"],
      ["approve waiting.json --state a", 1, "is signed by 12D3"],
      ["approve waiting.json --state f", 1, "only a member of version 1 may sign version 2"],
      [
        "admit waiting.json f.join.json --state b",
        1,
        "version 2 waits for signatures; first approve it or withdraw it",
      ],
      ["merge waiting.json charter.json", 1, "must be a copy of version 2 of waiting.json (charter.json)"],
      ["verify charter.json --fingerprint 12345", 2, "the flag --fingerprint must be 40 digits, got 12345"],
      [`verify charter.json --fingerprint ${"1".repeat(40)}`, 1, "its fingerprint must be the one given"],
      ["show nowhere.json", 1, "(nowhere.json)"],
      ["show a.join.json", 1, `field "format" must be "syncytium charter 1" (a.join.json)`],
    ];
    const before = await Deno.readTextFile(`${directory}/charter.json`);
    const ended = await charter(directory, cases.map(([line]) => line));
    for (const [i, [line, code, sentence]] of cases.entries()) {
      const result = ended[i];
      assertEquals([result.code, result.out], [code, ""], `${line}: ${result.error}`);
      assertStringIncludes(result.error, sentence, line);
      assertMatch(result.error, /^error: .+$/);
    }
    assertEquals(await Deno.readTextFile(`${directory}/charter.json`), before);
    const commands = ["join", "create", "admit", "rotate", "approve", "merge", "show", "verify"];
    for (const [i, { out }] of (await charter(directory, commands.map((command) => `${command} --help`))).entries()) {
      assertStringIncludes(out, `usage: deno task charter ${commands[i]} `);
    }
  }));
