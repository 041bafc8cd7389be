/** Three sites in processes of their own with one charter, two of whom must sign: one is removed while all run. */
import { assert, assertEquals } from "@std/assert";
import { CharterChain } from "../../src/mesh/charter/chain.ts";
import { writeCharterFile } from "../../src/mesh/charter/file.ts";
import { revoke } from "../../src/mesh/charter/proposals.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { consortium, foundingOf, signed } from "../mesh/charter/_charters.ts";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";

Deno.test("processes take a removal from one site's file, go on without the third, and know it after kill -9", async () => {
  await using states = await makeStates(["a", "b", "c"]);
  const { directory, peer } = states;
  const [alice, bob, carol] = await Promise.all([directory.a, directory.b, directory.c].map(loadIdentity));
  const chain = await CharterChain.found(await foundingOf([alice, bob, carol]));
  const next = await chain.extend(await signed(revoke(chain, "c"), [alice, bob]));
  const file = (name: "a" | "b" | "c") => `${directory[name]}/given.json`;
  for (const name of ["a", "b", "c"] as const) await writeCharterFile(file(name), chain.versions);
  const start = (name: "a" | "b" | "c", bootstrap: string[] = []) =>
    new PeerProcess(directory[name], {
      consortium,
      members: [],
      charter: file(name),
      bootstrap,
      vector: { value: 1, length: 8, mass: 1 },
    });
  await using a = start("a");
  const { addresses } = await a.event("ready");
  await using b = start("b", addresses);
  const toBob = (await b.event("ready")).addresses;
  await using c = start("c", [...addresses, ...toBob]);
  await Promise.all([
    a.event("peer-joined", { peer: peer.b }),
    c.event("peer-joined", { peer: peer.a }),
    c.event("peer-joined", { peer: peer.b }),
  ]);

  await writeCharterFile(file("a"), next.versions);
  await Promise.all([a.event("charter", { version: 2 }), b.event("charter", { version: 2, peer: peer.a })]);
  await Promise.all([peer.a, peer.b].map((other) => c.event("peer-left", { peer: other })));
  const { bytes } = await c.do({ do: "status" });
  assert("partner" in await b.do({ do: "exchange" }));
  await a.do({ do: "release", round: 1, features: [1], partitions: [0] });
  await b.event("features", { peer: peer.a, round: 1 });
  await a.event("peer-refused", { peer: peer.c });
  const now = (await c.do({ do: "status" })).bytes;
  for (const kind of ["control", "weights", "embeddings"] as const) {
    assertEquals(now[kind].received, bytes[kind].received);
  }

  await b.kill();
  await using again = start("b", addresses);
  await again.event("peer-joined", { peer: peer.a });
  const { members } = await again.do({ do: "status" });
  assertEquals(members.map((member) => member.peer), [peer.a]);
});
