import { assert, assertEquals, assertMatch } from "@std/assert";
import { AddressBook, ADDRESSES_PER_PEER } from "../../../src/mesh/finding/address_book.ts";
import { newIdentity } from "../_identities.ts";

const { peerId: PEER } = await newIdentity();

async function inFolder(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-book-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("an address book comes back as it was written, the latest addresses first", () =>
  inFolder(async (directory) => {
    const book = new AddressBook(`${directory}/book.json`);
    await book.load();
    await book.seen("a", ["/ip4/192.0.2.1/tcp/1"], 5);
    await book.seen("a", ["/ip4/192.0.2.1/tcp/2", "/ip4/192.0.2.1/tcp/1"], 6);
    await book.seen("b", ["/ip4/192.0.2.2/tcp/1"], 7);
    const again = new AddressBook(`${directory}/book.json`);
    await again.load();
    assertEquals(again.peers(), ["a", "b"]);
    assertEquals(again.get("a"), { addresses: ["/ip4/192.0.2.1/tcp/2", "/ip4/192.0.2.1/tcp/1"], lastSeen: 6 });
    assertEquals(again.get("c"), undefined);
  }));

Deno.test("a peer that comes back at ever new addresses does not fill the book", () =>
  inFolder(async (directory) => {
    const book = new AddressBook(`${directory}/book.json`);
    for (let port = 1; port <= 50; port++) void book.seen("a", [`/ip4/192.0.2.1/tcp/${port}`], port);
    await book.flush();
    assertEquals(book.get("a")?.addresses.length, ADDRESSES_PER_PEER);
    assertEquals(book.get("a")?.addresses[0], "/ip4/192.0.2.1/tcp/50");
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["book.json"], "nothing is left aside");
  }));

Deno.test("where a call reached a peer stays first, also over a restart, whatever the peer announces", () =>
  inFolder(async (directory) => {
    const path = `${directory}/book.json`;
    const interfaces = (from: number) => Array.from({ length: 10 }, (_, i) => `/ip4/10.0.${from}.${i}/tcp/1`);
    const book = new AddressBook(path);
    await book.reached("a", "/ip4/192.0.2.1/tcp/1", 1);
    await book.seen("a", interfaces(1), 2);
    assertEquals(book.get("a")?.addresses, ["/ip4/192.0.2.1/tcp/1", ...interfaces(1).slice(0, ADDRESSES_PER_PEER - 1)]);
    const again = new AddressBook(path);
    await again.load();
    await again.seen("a", interfaces(2), 3);
    assertEquals(again.get("a")?.addresses[0], "/ip4/192.0.2.1/tcp/1");
    await again.reached("a", "/ip4/192.0.2.2/tcp/1", 4);
    assertEquals(again.get("a")?.addresses.slice(0, 2), ["/ip4/192.0.2.2/tcp/1", "/ip4/192.0.2.1/tcp/1"]);
  }));

Deno.test("addresses in the file that nobody can be called at are left out, and the rest stays", () =>
  inFolder(async (directory) => {
    const path = `${directory}/book.json`;
    const [fine, relayed] = ["/dns4/a.example/tcp/443/wss", `/ip4/192.0.2.1/tcp/1/p2p/${PEER}/p2p-circuit`];
    const addresses = [
      "nowhere",
      "/ip4/192.0.2.1",
      "/ip4/192.0.2.1/tcp/0",
      fine,
      "/ip4/1.2.3.4/udp/1/quic-v1",
      relayed,
    ];
    const peers = { a: { addresses, reached: "/ip4/0.0.0.0/tcp/1", lastSeen: 1 } };
    await Deno.writeTextFile(path, JSON.stringify({ version: 1, peers }));
    const warnings: string[] = [];
    const book = new AddressBook(path, (message) => warnings.push(message));
    await book.load();
    assertEquals([book.get("a"), warnings], [{ addresses: [fine, relayed], lastSeen: 1 }, []]);
  }));

Deno.test("announced addresses that would make the book unreadable are left out", () =>
  inFolder(async (directory) => {
    const path = `${directory}/book.json`;
    await new AddressBook(path).seen("a", [`/dns4/${"x".repeat(500)}/tcp/1`, "none", "/ip4/192.0.2.1/tcp/1"], 1);
    const again = new AddressBook(path);
    await again.load();
    assertEquals(again.get("a")?.addresses, ["/ip4/192.0.2.1/tcp/1"]);
  }));

for (const [what, text] of [["cut", '{"version": 1, "pe'], ["of another form", '{"version": 2}'], ["empty", ""]]) {
  Deno.test(`a book that is ${what} is put aside with a warning, and a new one is begun`, () =>
    inFolder(async (directory) => {
      const path = `${directory}/book.json`;
      await Deno.writeTextFile(path, text);
      const warnings: string[] = [];
      const book = new AddressBook(path, (message) => warnings.push(message));
      await book.load();
      assertEquals(book.peers(), []);
      assertEquals(warnings.length, 1);
      assertMatch(warnings[0], /the address book was damaged .* a new one is begun/);
      const aside = [...Deno.readDirSync(directory)].map(({ name }) => name).find((name) => name.includes("damaged"));
      assert(aside);
      assertEquals(await Deno.readTextFile(`${directory}/${aside}`), text);
      await book.seen("a", ["/ip4/192.0.2.1/tcp/1"], 1);
      const again = new AddressBook(path);
      await again.load();
      assertEquals(again.peers(), ["a"]);
    }));
}

Deno.test("a book that cannot be written is a warning and no crash", async () => {
  const warnings: string[] = [];
  const book = new AddressBook("/proc/nowhere/book.json", (message) => warnings.push(message));
  await book.load();
  await book.seen("a", ["/ip4/192.0.2.1/tcp/1"], 1);
  assertMatch(warnings.join(), /cannot be written/);
});
