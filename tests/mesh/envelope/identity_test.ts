import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { smallFiles } from "../../../src/core/small_files.ts";
import { nextEpoch } from "../../../src/mesh/envelope/sender_keys.ts";
import { createIdentity, loadIdentity } from "../../../src/mesh/envelope/identity.ts";
import { checkAddresses } from "../../../src/mesh/addresses.ts";
import { checkMeshOptions } from "../../../src/mesh/options.ts";
import { newPlace } from "../../../src/mesh/protocols/place.ts";
import { helloBytes, makeHello } from "../../../src/mesh/admission/hello.ts";
import { newIdentity } from "../_identities.ts";

async function inFolder(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-identity-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("an identity is made once, kept private, and comes back the same", () =>
  inFolder(async (directory) => {
    const { peerId } = await createIdentity(`${directory}/a`);
    const [first, second] = [await loadIdentity(`${directory}/a`), await loadIdentity(`${directory}/a`)];
    assertEquals([first.peerId, second.peerId], [peerId, peerId]);
    assertEquals(first.hpkePublicKey, second.hpkePublicKey);
    assertNotEquals((await createIdentity(`${directory}/b`)).peerId, peerId);
    for (const { name } of Deno.readDirSync(`${directory}/a`)) {
      assertEquals((await Deno.stat(`${directory}/a/${name}`)).mode! & 0o777, 0o600, name);
    }
  }));

Deno.test("first starts at once make one identity", () =>
  inFolder(async (directory) => {
    const made = await Promise.all(Array.from({ length: 6 }, () => loadIdentity(directory)));
    const kept = await loadIdentity(directory);
    assertEquals(made.map(({ peerId }) => peerId), made.map(() => kept.peerId));
    assertEquals(made.map(({ hpkePublicKey }) => hpkePublicKey), made.map(() => kept.hpkePublicKey));
  }));

for (const file of ["identity.key", "hpke.key"]) {
  Deno.test(`a damaged ${file} is named and never replaced`, () =>
    inFolder(async (directory) => {
      await createIdentity(directory);
      await Deno.writeFile(`${directory}/${file}`, Uint8Array.of(1, 2, 3));
      await assertRejects(() => loadIdentity(directory), UserError, `must hold a key`);
      await assertRejects(() => loadIdentity(directory), UserError, `${file}: 3 bytes`);
      assertEquals(await Deno.readFile(`${directory}/${file}`), Uint8Array.of(1, 2, 3));
    }));
}

Deno.test("an identity whose seed or public key has one byte changed is refused", () =>
  inFolder(async (directory) => {
    const { peerId } = await createIdentity(directory);
    const path = `${directory}/identity.key`;
    const whole = await Deno.readFile(path);
    for (let at = whole.length - 64; at < whole.length; at += 9) {
      await Deno.writeFile(path, whole.with(at, whole[at] ^ 4));
      await assertRejects(() => loadIdentity(directory), UserError, "restore it from a copy", `byte ${at}`);
    }
    await Deno.writeFile(path, whole);
    assertEquals((await loadIdentity(directory)).peerId, peerId);
  }));

Deno.test("a state directory that cannot be made is one clear sentence", async () => {
  await assertRejects(() => loadIdentity("/proc/nowhere"), UserError, "the path must be writable");
});

Deno.test("epochs grow from start to start, also when the clock went back or the file was damaged", () =>
  inFolder(async (directory) => {
    const path = `${directory}/epoch`;
    const next = () => nextEpoch(path, smallFiles);
    const first = await next();
    assertEquals(await next() > first, true);
    await Deno.writeTextFile(path, "4000000000000\n");
    assertEquals(await next(), 4000000000001);
    await Deno.writeTextFile(path, "???");
    assertEquals(await next() >= first, true); // the clock's: the first start may be in the same millisecond
  }));

const identity = await newIdentity();
const fine = { identity, consortium: "c", settings: {}, members: [identity.peerId], stateDirectory: "s" };
const settingsOf = (count: number, length: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, "x".repeat(length)]));
const mistakes: [string, object, string][] = [
  ["a member that is no peer id", { members: ["hospital-b"] }, "a member must be a peer id (mesh.members: hospital-b)"],
  [
    "an address that is none",
    { bootstrap: ["192.0.2.1:40"] },
    "must be a multiaddr such as /ip4/192.0.2.7/tcp/4001 (mesh.bootstrap[0]: 192.0.2.1:40)",
  ],
  ["a listening address that is none", { listen: ["tcp"] }, "(mesh.listen[0]: tcp)"],
  ["an announced address that is none", { announce: ["wss"] }, "(mesh.announce[0]: wss)"],
  ["a relay without its id", { relays: ["/ip4/192.0.2.1/tcp/1"] }, "must end with the relay's peer id, /p2p/ID"],
  [
    "an announced address of somebody else",
    { announce: [`/ip4/192.0.2.1/tcp/1/p2p/${(await newIdentity()).peerId}`] },
    `must end with its own peer id, ${identity.peerId}, or none (mesh.announce[0]: /ip4/192.0.2.1/tcp/1/p2p/`,
  ],
  ["a consortium without a name", { consortium: "" }, "a consortium must have a name (mesh.consortium)"],
  ["a consortium with too long a name", { consortium: "c".repeat(201) }, "at most 200 characters (mesh.consortium: cc"],
  [
    "a setting of 501 characters",
    { settings: { "network.pool": "x".repeat(501) } },
    "(settings.network.pool: 501 char",
  ],
  ["a setting that JSON cannot hold", { settings: { rate: Infinity } }, "(settings.rate: Infinity)"],
  ["a setting with too long a name", { settings: { ["n".repeat(101)]: 1 } }, "name must be at most 100 characters"],
  ["a 201st setting", { settings: settingsOf(201, 1) }, "at most 200 settings (settings: 201)"],
  [
    "a hello that does not fit a frame",
    { settings: settingsOf(200, 400) },
    "must fit 65536 bytes of JSON (settings: 8",
  ],
  ["a setting that is an object", { settings: { model: {} } }, "(settings.model: {})"],
];
for (const [what, change, sentence] of mistakes) {
  Deno.test(`${what} is refused by name`, () => {
    assertThrows(() => checkMeshOptions({ ...fine, ...change }), UserError, sentence);
  });
}

Deno.test("settings at every limit are accepted, and a hello's bytes are counted as they are sent", async () => {
  const settings = { ...settingsOf(100, 500), ["n".repeat(100)]: true, wide: "é".repeat(500), rate: 1e-3 };
  checkMeshOptions({ ...fine, settings });
  const hello = await makeHello(identity, {
    consortium: "c",
    settings,
    place: await newPlace(identity, "c", Date.now()),
  });
  assertEquals(helloBytes({ consortium: "c", settings }), new TextEncoder().encode(JSON.stringify(hello)).length);
});

Deno.test("addresses can be checked alone, with the configuration file in the error", () => {
  checkAddresses({ members: [identity.peerId], listen: ["/ip4/0.0.0.0/tcp/0"] });
  assertThrows(
    () => checkAddresses({ members: [], bootstrap: ["b:1"] }, { doing: "reading", where: "site.json" }),
    UserError,
    'reading: an address must be a multiaddr such as /ip4/192.0.2.7/tcp/4001 (site.json, field "mesh.bootstrap[0]": b:1)',
  );
});
