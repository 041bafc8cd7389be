import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { type Charter, CharterError } from "../../../src/mesh/charter/charter.ts";
import type { CharterChain } from "../../../src/mesh/charter/chain.ts";
import { parseCharterFile, readCharterFile, writeCharterFile } from "../../../src/mesh/charter/file.ts";
import { type CharterKeeper, type CharterWatcher, openCharter } from "../../../src/mesh/charter/keeper.ts";
import { revoke, setThreshold } from "../../../src/mesh/charter/proposals.ts";
import { newIdentity } from "../_identities.ts";
import { chainOf, foundingOf, signed, withFolder } from "./_charters.ts";

const [alice, bob, carol] = await Promise.all(Array.from({ length: 3 }, newIdentity));
const first = await chainOf([alice, bob, carol]);
const second = await first.extend(await signed(revoke(first, "c"), [alice, bob]));
const third = await second.extend(await signed(setThreshold(second, 1), [alice, bob]));
const split = await first.extend(await signed(revoke(first, "a"), [bob, carol]));
const elsewhere = await chainOf([alice, bob, carol], 3);

/** A keeper whose file holds `given`, in a folder that may hold what was `kept` before. */
async function open(directory: string, given: readonly Charter[], kept?: CharterChain): Promise<CharterKeeper> {
  const stateDirectory = `${directory}/state`;
  await Deno.mkdir(stateDirectory, { recursive: true });
  await writeCharterFile(`${directory}/given.json`, given);
  if (kept) await writeCharterFile(`${stateDirectory}/charter.json`, kept.versions);
  return await openCharter({ file: `${directory}/given.json`, stateDirectory, pollInterval: 10 });
}

const quiet: CharterWatcher = { changed: () => {}, forked: () => {}, warn: () => {} };
const from = (chain: CharterChain) => (version: number) => Promise.resolve(chain.at(version)!);

Deno.test("a peer begins with the longer of the file that it was given and what it kept", () =>
  withFolder(async (directory) => {
    assertEquals((await open(directory, first.versions)).chain.version, 1);
    assertEquals((await open(directory, second.versions)).chain.version, 2);
    assertEquals((await open(directory, first.versions)).chain.version, 2);
    assertEquals((await readCharterFile(`${directory}/state/charter.json`)).chain?.mark, second.mark);
  }));

const refusals: [string, readonly Charter[], CharterChain | undefined, string][] = [
  [
    "whose first version waits",
    [{ ...first.newest, signatures: [] }],
    undefined,
    "must have 2 signatures, it has 0; see",
  ],
  ["of another first version", elsewhere.versions, first, "must have the founding version that this site began with"],
  ["that has split from what was kept", split.versions, second, "to change to the other, once all sites agree, remove"],
  ["with a version missing", [first.newest, third.newest], undefined, "version 2 must follow version 1, got 3"],
];
for (const [what, given, kept, rule] of refusals) {
  Deno.test(`a file ${what} is refused with its name`, () =>
    withFolder(async (directory) => {
      const error = await assertRejects(() => open(directory, given, kept), UserError, rule);
      assert(error.message.includes(`${directory}/given.json`), error.message);
    }));
}

Deno.test("a damaged copy in the state directory is named and never replaced", () =>
  withFolder(async (directory) => {
    await open(directory, second.versions);
    const path = `${directory}/state/charter.json`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.slice(0, 500));
    await assertRejects(() => open(directory, second.versions), UserError, path);
    assertEquals((await Deno.readTextFile(path)).length, 500);
  }));

Deno.test("a version that waits does not count, and does not stop the one before it", () =>
  withFolder(async (directory) => {
    const waiting = { ...second.newest, signatures: second.newest.signatures.slice(1) };
    assertEquals((await open(directory, [first.newest, waiting])).chain.version, 1);
    const { pending } = await readCharterFile(`${directory}/given.json`);
    assertEquals(pending?.approval, { signers: [bob.peerId], needed: 2 });
  }));

Deno.test("a file that changes on the disk is taken while the peer runs; one that is wrong is told once", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, first.versions);
    const warnings: string[] = [];
    const warned = Promise.withResolvers<void>();
    const changed = Promise.withResolvers<number[]>();
    await Deno.writeTextFile(`${directory}/given.json`, "{}");
    keeper.start({
      ...quiet,
      warn: (message) => {
        warnings.push(message);
        warned.resolve();
      },
      changed: (before, after) => changed.resolve([before.version, after.version]),
    });
    await warned.promise;
    await writeCharterFile(`${directory}/given.json`, third.versions);
    assertEquals(await changed.promise, [1, 3]);
    await keeper.stop();
    assertEquals(warnings.length, 1);
    assert(warnings[0].includes('field "format" is missing'), warnings[0]);
    assertEquals((await readCharterFile(`${directory}/state/charter.json`)).chain?.version, 3);
  }));

Deno.test("a fork in the file is told, and the peer stays with what it holds", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, second.versions);
    const forked = Promise.withResolvers<string[]>();
    keeper.start({ ...quiet, forked: ({ signers }) => forked.resolve(signers.both) });
    await writeCharterFile(`${directory}/given.json`, split.versions);
    assertEquals(await forked.promise, [bob.peerId]);
    await keeper.stop();
    assertEquals(keeper.chain.mark, second.mark);
  }));

Deno.test("what a member holds is taken version by version, and what is there already is not asked for", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, first.versions);
    const asked: number[] = [];
    const ask = (version: number) => {
      asked.push(version);
      return from(third)(version);
    };
    await keeper.follow("peer", third.mark, ask);
    assertEquals([keeper.chain.version, asked], [3, [2, 3]]);
    await keeper.follow("peer", third.mark, ask);
    await keeper.follow("peer", second.mark, ask);
    assertEquals(asked, [2, 3]);
  }));

Deno.test("two members that bring the same at once change it once", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, first.versions);
    const versions: number[] = [];
    keeper.start({ ...quiet, changed: (_, { version }) => void versions.push(version) });
    await Promise.all(["p", "q"].map((peer) => keeper.follow(peer, third.mark, from(third))));
    await keeper.stop();
    assertEquals(versions, [3]);
  }));

Deno.test("a charter that cannot be written is still put in force", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, first.versions);
    await Deno.remove(`${directory}/state`, { recursive: true });
    const warnings: string[] = [];
    keeper.start({ ...quiet, warn: (message) => void warnings.push(message) });
    await keeper.follow("peer", second.mark, from(second));
    await keeper.stop();
    assertEquals([keeper.chain.version, warnings.length], [2, 1]);
  }));

Deno.test("a fork is told once for each other version, wherever the branch that a member holds ends", () =>
  withFolder(async (directory) => {
    const branch = await split.extend(await signed(setThreshold(split, 1), [bob, carol]));
    for (const theirs of [split, branch]) {
      const keeper = await open(`${directory}/${theirs.version}`, second.versions);
      const forks: unknown[] = [];
      keeper.start({ ...quiet, forked: (fork, _, peer) => void forks.push([fork.version, fork.theirs, peer]) });
      for (const peer of ["p", "q"]) await keeper.follow(peer, theirs.mark, from(theirs));
      assertEquals(forks, [[2, split.mark.digest, "p"]]);
      assertEquals(keeper.chain.mark, second.mark);
      await keeper.stop();
    }
  }));

const lies: [string, CharterChain, (version: number) => Promise<Charter>, string][] = [
  ["another version than was asked for", third, () => Promise.resolve(third.newest), "version 2 was due, it sent 3"],
  [
    "another newest version than it announced",
    second,
    from(split),
    "version 2 is not the one that it announced",
  ],
  [
    "too few signatures",
    second,
    () => Promise.resolve({ ...second.newest, signatures: second.newest.signatures.slice(1) }),
    "version 2 must have 2 signatures, it has 1",
  ],
  [
    "versions that do not follow each other",
    third,
    (version) => Promise.resolve(version === 2 ? split.newest : third.newest),
    "version 3 does not follow version 2",
  ],
];
for (const [what, promised, ask, rule] of lies) {
  Deno.test(`a member that sends ${what} changes nothing`, () =>
    withFolder(async (directory) => {
      const keeper = await open(directory, first.versions);
      await assertRejects(() => keeper.follow("peer", promised.mark, ask), CharterError, rule);
      assertEquals(keeper.chain.mark, first.mark);
    }));
}

Deno.test("a member that announces a branch and holds none is found out", () =>
  withFolder(async (directory) => {
    const keeper = await open(directory, second.versions);
    const following = keeper.follow("peer", { ...second.mark, digest: "0".repeat(64) }, from(second));
    await assertRejects(() => following, CharterError, "it holds other versions than it announced");
    const other = keeper.follow("peer", { ...second.mark, digest: "1".repeat(64) }, from(elsewhere));
    await assertRejects(() => other);
  }));

Deno.test("a chain longer than one batch is taken whole", () =>
  withFolder(async (directory) => {
    let long = first;
    for (let i = 0; i < 70; i++) {
      long = await long.extend(
        await signed(setThreshold(long, long.newest.threshold === 2 ? 3 : 2), [alice, bob, carol]),
      );
    }
    const keeper = await open(directory, first.versions);
    await keeper.follow("peer", long.mark, from(long));
    assertEquals(keeper.chain.mark, long.mark);
  }));

Deno.test("a charter's file is read with a byte order mark", () =>
  withFolder(async (directory) => {
    await writeCharterFile(`${directory}/charter.json`, first.versions);
    const text = await Deno.readTextFile(`${directory}/charter.json`);
    await Deno.writeTextFile(`${directory}/charter.json`, `\uFEFF${text}`);
    assertEquals((await readCharterFile(`${directory}/charter.json`)).chain?.mark, first.mark);
  }));

Deno.test("a file is refused where it is no JSON, has no versions, or a field too many", async () => {
  const founding = await foundingOf([alice, bob, carol]);
  const format = "syncytium charter 1";
  for (
    const [text, rule] of [
      ["", "it must be JSON"],
      [
        JSON.stringify({ format: "syncytium charter 2", versions: [founding] }),
        'field "format" must be "syncytium charter 1"',
      ],
      [JSON.stringify({ format, versions: [] }), "must hold at least one version"],
      [JSON.stringify({ format, versions: [founding], more: 1 }), 'field "more" is not known'],
      [JSON.stringify({ format, versions: [1] }), "a charter must be an object"],
    ]
  ) {
    await assertRejects(() => parseCharterFile(text), CharterError, rule);
  }
});
