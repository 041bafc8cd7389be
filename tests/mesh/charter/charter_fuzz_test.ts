/** Hostile charters, frames of the charter protocol, hellos and envelopes: each refused, whatever was changed. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { utf8 } from "../../../src/core/bytes.ts";
import { type Charter, CHARTER_LIMITS, CharterError, decodeCharter } from "../../../src/mesh/charter/charter.ts";
import { parseCharterFile } from "../../../src/mesh/charter/file.ts";
import { joinRequest, parseJoinRequest } from "../../../src/mesh/charter/member.ts";
import { admit } from "../../../src/mesh/charter/proposals.ts";
import { answerCharter, askCharter } from "../../../src/mesh/charter/protocol.ts";
import { EnvelopeReader, sealEnvelope } from "../../../src/mesh/envelope/envelope.ts";
import { EnvelopeError, openKeyPackage, SenderKeys } from "../../../src/mesh/envelope/sender_keys.ts";
import { FrameError, HEADER_BYTES } from "../../../src/mesh/protocols/frame.ts";
import { makeHello, verifyHello, whyNot } from "../../../src/mesh/admission/hello.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { channelPair } from "../_streams.ts";
import { chainOf, consortium, entry, foundingOf, signed } from "./_charters.ts";

const [alice, bob, carol, dave] = await Promise.all(Array.from({ length: 4 }, newIdentity));
const first = await chainOf([alice, bob, carol]);
const next = await signed(admit(first, [await entry(dave, "d")]), [alice, bob]);
const second = await first.extend(next);

/** Every place of a JSON value, as a path. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))];
}

/** `value` with what lies at `path` replaced, or taken away. */
function replaced(value: unknown, path: (string | number)[], by: unknown): unknown {
  if (path.length === 0) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const parent = path.slice(0, -1).reduce((part, key) => part[key] as typeof copy, copy);
  if (by === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = by;
  return copy;
}

const anything = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat(),
  fc.constantFrom(
    "",
    "a",
    "__proto__",
    alice.peerId,
    dave.peerId,
    first.mark.digest,
    "A".repeat(43) + "=",
    null,
    -1,
    2,
  ),
);

/** Another value at one place of `value`; none that means the same. */
function mutated(value: object): fc.Arbitrary<unknown> {
  const original = JSON.stringify(value);
  return fc.tuple(fc.constantFrom(...places(value)), anything)
    .map(([path, by]) => replaced(value, path, by))
    .filter((change) => JSON.stringify(change) !== original);
}

/**
 * Each pair of streams takes two of the port numbers that the library which makes them counts up and never gives back.
 */
function fewerRuns(usual: number) {
  const runs = fuzzRuns(usual);
  return { ...runs, numRuns: Math.min(runs.numRuns, 10_000) };
}

async function refuses(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CharterError) return;
    throw error;
  }
  throw new Error("it was accepted");
}

Deno.test("a version that was changed anywhere is refused by the chain that it was made for", async () => {
  const decoded = (change: unknown) => decodeCharter(utf8(JSON.stringify(change) ?? "null"));
  await fc.assert(
    fc.asyncProperty(mutated(next), (change) => refuses(async () => await first.extend(decoded(change)))),
    fuzzRuns(400),
  );
});

Deno.test("a file that was changed anywhere is refused, or holds no more than it did", async () => {
  const file = { format: "syncytium charter 1", versions: second.versions };
  await fc.assert(
    fc.asyncProperty(mutated(file), async (change) => {
      try {
        const { chain, pending } = await parseCharterFile(JSON.stringify(change) ?? "");
        const version = (pending?.charter ?? chain!.newest).version;
        // fewer signatures or versions are no forgery
        assert(
          version <= 2 && (!chain || chain.mark.digest === second.digestAt(chain.version)),
          JSON.stringify(change),
        );
      } catch (error) {
        if (!(error instanceof CharterError)) throw error;
      }
    }),
    fuzzRuns(300),
  );
});

Deno.test("a text that was cut or whose characters were changed is refused, or means the same", async () => {
  const bytes = utf8(JSON.stringify(next));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), async (at, flip) => {
      const changed = flip === 0 ? bytes.slice(0, at) : bytes.slice();
      if (flip > 0) changed[at] ^= flip;
      await refuses(async () => await first.extend(decodeCharter(changed)));
    }),
    fuzzRuns(400),
  );
});

Deno.test("arbitrary bytes are no charter, however many", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      assertThrows(() => decodeCharter(bytes), CharterError);
    }),
    fuzzRuns(300),
  );
  assertThrows(() => decodeCharter(utf8("[".repeat(CHARTER_LIMITS.bytes))), CharterError);
  assertThrows(() => decodeCharter(utf8(`[${"1,".repeat(CHARTER_LIMITS.bytes / 2 - 2)}1]`)), CharterError);
});

Deno.test("a version of another chain, or an old one again, is refused", async () => {
  const others = await Promise.all([[alice, bob], [bob, carol, dave]].map((sites) => foundingOf(sites)));
  const pool: Charter[] = [...others, first.newest, next];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pool), fc.constantFrom(...pool), async (charter, signer) => {
      const mixed = { ...charter, signatures: signer.signatures };
      await refuses(async () => await second.extend(mixed));
      if (charter !== next || signer !== next) await refuses(async () => await first.extend(mixed));
    }),
    fuzzRuns(50),
  );
});

Deno.test("a join request that was changed anywhere is refused", async () => {
  const request = joinRequest(consortium, await entry(dave, "d"));
  await fc.assert(
    fc.asyncProperty(mutated(request), (change) => refuses(async () => await parseJoinRequest(change))),
    fuzzRuns(300),
  );
});

Deno.test("whatever is asked of the charter protocol is answered, refused or let end, and never more than it holds is sent", async () => {
  const request = fc.oneof(
    fc.record({ type: fc.constant("want"), version: anything }),
    fc.record({ type: fc.constant("notice"), mark: fc.oneof(anything, mutated(first.mark)) }),
    fc.record({ type: fc.constantFrom("done", "want", "x"), more: fc.nat() }, { requiredKeys: ["type"] }),
    anything,
  );
  const largest = Math.max(...second.versions.map((charter) => utf8(JSON.stringify(charter)).length));
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
      let sent = 0;
      const { a, b } = await channelPair({ onBytes: (direction, bytes) => sent += direction === "sent" ? bytes : 0 });
      const serving = answerCharter(b, second, { stepTimeout: 5_000 }).then((mark) => {
        if (mark) assert(/^[0-9a-f]{64}$/.test(mark.digest) && mark.version >= 1);
      }).catch((error) => b.abort(error));
      for (const each of requests) await a.sendMessage(each ?? null).catch(() => {});
      await a.close().catch(() => {});
      await serving;
      b.abort(new Error("the end"));
      const own = requests.reduce<number>(
        (sum, each) => sum + utf8(JSON.stringify(each ?? null)).length + HEADER_BYTES,
        0,
      );
      assert(sent <= own + (2 * second.version + 1) * (largest + HEADER_BYTES), `${sent} bytes`);
    }),
    fewerRuns(100),
  );
});

Deno.test("whatever comes in place of a charter is refused", async () => {
  const answer = fc.oneof(
    mutated(next).map((change) => ({ kind: "bytes" as const, payload: utf8(JSON.stringify(change) ?? "") })),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ kind: "bytes" as const, payload: new Uint8Array(bytes) })),
    fc.constant({ kind: "message" as const, payload: utf8('{"type":"none"}') }),
  );
  await fc.assert(
    fc.asyncProperty(answer, async (frame) => {
      const { a, b } = await channelPair();
      const asking = askCharter(a, 2, { stepTimeout: 5_000 });
      await b.receive();
      await b.send(frame);
      await refuses(async () => await first.extend(await asking));
      for (const channel of [a, b]) channel.abort(new Error("the end"));
    }),
    fewerRuns(100),
  );
  const { a, streams: [, right] } = await channelPair();
  const asking = askCharter(a, 2, { stepTimeout: 5_000 });
  const header = new Uint8Array(HEADER_BYTES);
  header.set([1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  right.send(header);
  await assertRejects(() => asking, FrameError);
});

Deno.test("a hello that was changed anywhere is refused, or differs only in what the verdict compares", async () => {
  const settings = { levels: 4, loss: "fcl" };
  const hello = {
    ...await makeHello(alice, { consortium, settings, place: await placeOf(alice, { consortium }) }),
    charter: second.mark,
  };
  await fc.assert(
    fc.asyncProperty(mutated(hello), async (change) => {
      const read = await verifyHello(change, alice.peerId);
      if (typeof read === "string") return;
      assertEquals([read.consortium, read.hpkePublicKey], [hello.consortium, hello.hpkePublicKey]);
      const isNews = read.charter?.founding === second.mark.founding && read.charter.digest !== second.mark.digest ||
        read.charter?.version !== second.mark.version;
      assert(whyNot(hello, read) !== undefined || isNews, JSON.stringify(change));
    }),
    fuzzRuns(400),
  );
  assertEquals(await verifyHello(hello, bob.peerId), "its key for sealing is not signed by its identity");
});

Deno.test("an envelope that was changed, cut, lengthened, replayed or put in another's place is refused", async () => {
  const keys = new SenderKeys(alice, { consortium, epoch: 100 });
  const seal = async (round: number) =>
    (await sealEnvelope(utf8(`round ${round}`), { signer: alice, keys, consortium, kind: "embeddings", round })).bytes;
  const sealed = [await seal(1), await seal(2)];
  const made = await keys.packageFor(bob.peerId, bob.hpkePublicKey);
  const to = { consortium, sender: alice.peerId, recipient: bob.peerId, hpkePrivateKey: bob.hpkePrivateKey };
  const key = await openKeyPackage(made, to);
  const expected = { consortium, sender: alice.peerId, kind: "embeddings", round: 2, key };
  const change = fc.oneof(
    fc.record({ at: fc.nat(sealed[1].length - 1), flip: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ end: fc.nat(sealed[1].length - 1) }),
    fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
    fc.record({ round: fc.constantFrom(1, 3) }),
    fc.record({ sender: fc.constantFrom(bob.peerId, carol.peerId) }),
    fc.record({ consortium: fc.string() }),
    fc.record({ kind: fc.string() }),
    fc.record({ maxBytes: fc.nat(sealed[1].length - 1) }),
  );
  await fc.assert(
    fc.asyncProperty(change, async (change) => {
      let bytes = sealed[1].slice();
      if ("flip" in change) bytes[change.at] ^= change.flip;
      else if ("end" in change) bytes = bytes.slice(0, change.end);
      else if ("more" in change) bytes = new Uint8Array([...bytes, ...change.more]);
      const altered = "flip" in change || "end" in change || "more" in change ? {} : change;
      const reader = new EnvelopeReader();
      await assertRejects(() => reader.open(bytes, { ...expected, ...altered }), EnvelopeError);
      // what was refused leaves no trace; what was opened is not opened twice, nor anything older
      await reader.open(sealed[1], expected);
      for (const [i, again] of sealed.entries()) {
        await assertRejects(() => reader.open(again, { ...expected, round: i + 1 }), EnvelopeError, "is a replay");
      }
    }),
    fuzzRuns(300),
  );
  await fc.assert(
    fc.asyncProperty(mutated(made), async (change) => {
      await assertRejects(() => openKeyPackage(change, to), EnvelopeError);
    }),
    fuzzRuns(300),
  );
});
