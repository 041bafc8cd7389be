/** Which connection long work goes over; with connections that are made up. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "@libp2p/interface";
import { lineOf } from "../../../src/mesh/admission/line_of.ts";
import { roomiest } from "../../../src/mesh/connections/roomiest.ts";

/** One that has carried a share of what its relay allows; of all of 1000 bytes where none is given, nothing limits it. */
function connection(used?: number): Connection {
  if (used === undefined) return {} as Connection;
  const limits = { bytes: 1000n };
  const made = { limits } as unknown as Connection;
  lineOf(made);
  limits.bytes = BigInt(1000 * (1 - used));
  return made;
}

const signal = new AbortController().signal;

/** Chooses among `connections`, to which each call adds one of `more`. */
async function choose(connections: Connection[], more: (Connection | undefined)[] = []) {
  let calls = 0;
  const chosen = await roomiest("bob", {
    admission: { connectionTo: () => connections[0], connectionsTo: () => connections },
    renew: () => {
      const next = more[calls++];
      if (!next) return Promise.reject(new Error("both were dropped"));
      connections.push(next);
      return Promise.resolve();
    },
    debug: () => {},
    signal,
  });
  return { chosen, calls };
}

Deno.test("one that nothing limits is taken, else one that has carried less than half, else a new one", async () => {
  const [free, fresh, used] = [connection(), connection(0.4), connection(0.6)];
  assertEquals(await choose([free, fresh]), { chosen: free, calls: 0 });
  assertEquals(await choose([used, fresh]), { chosen: fresh, calls: 0 });
  assertEquals(await choose([used], [fresh]), { chosen: fresh, calls: 1 });
  assertEquals(await choose([used], [undefined, fresh]), { chosen: fresh, calls: 2 });
});

Deno.test("calls that come to nothing are not made for ever", async () => {
  await assertRejects(() => choose([connection(0.6)]), Error, "no relay carries more to the member now");
});
