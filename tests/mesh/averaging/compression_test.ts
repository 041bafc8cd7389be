import "../../../scripts/examples/compressor.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../../src/core/errors.ts";
import { atOnce, SLICE, type Sliced } from "../../../src/core/slices.ts";
import { Rng } from "../../../src/core/rng.ts";
import { CompressionError, type Compressor, vectorLayout } from "../../../src/mesh/averaging/compression/compressor.ts";
import { compressors, proveCompressor } from "../../../src/mesh/averaging/compression/compressors.ts";
import { largestPlaces } from "../../../src/mesh/averaging/compression/_largest.ts";
import { asSeenFrom, CompressedLink } from "../../../src/mesh/averaging/compression/link.ts";
import { CompressedLinks } from "../../../src/mesh/averaging/compression/links.ts";

const LAYOUT = { values: 700, matrices: [{ offset: 20, rows: 27, columns: 20 }] };

const random = (seed: number, scale = 1, values = LAYOUT.values) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length: values }, () => scale * rng.normal());
};
const norm = (vector: Float32Array) => Math.hypot(...vector);
const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]);

/** The largest error that each compressor may make in a value of a block or vector whose largest magnitude is 1. */
const WORST: Record<string, number> = { none: 0, fp16: 2 ** -12, int8: 0.5 / 127 + 1e-6, int4: 0.5 / 7 + 1e-6 };

for (const compressor of compressors) {
  const { name } = compressor;

  Deno.test(`${name}: random vectors of any length come back within its bound`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 400 }), fc.integer(), (values, seed) => {
        const rng = new Rng(seed);
        const vector = Float32Array.from({ length: values }, () => rng.uniform(-1, 1));
        const layout = { values, matrices: [{ offset: values - 60, rows: 10, columns: 6 }] };
        const codec = compressor.open(layout);
        const decoded = codec.decode(codec.encode(vector));
        const error = minus(decoded, vector);
        if (compressor.partial) assert(norm(error) <= norm(vector));
        else for (const value of error) assert(Math.abs(value) <= WORST[name], `${value} > ${WORST[name]}`);
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  Deno.test(`${name}: bytes that were made up, mutated, cut or lengthened end in a CompressionError or in finite values`, () => {
    const codec = compressor.open(LAYOUT);
    const valid = codec.encode(random(3));
    const attempt = (bytes: Uint8Array) => {
      try {
        const decoded = codec.decode(bytes);
        assertEquals(decoded.length, LAYOUT.values);
        assert(decoded.every(Number.isFinite));
      } catch (error) {
        assert(error instanceof CompressionError, String(error));
      }
    };
    const mutation = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        attempt(bytes);
      }),
      { numRuns: 1000, seed: 6 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        (tail) => attempt(Uint8Array.of(...valid.subarray(0, 10), ...tail)),
      ),
      { numRuns: 500, seed: 7 },
    );
    for (let length = 0; length < valid.length; length++) {
      assertThrows(() => codec.decode(valid.subarray(0, length)), CompressionError);
    }
    assertThrows(() => codec.decode(Uint8Array.of(...valid, 0)), CompressionError);
  });

  Deno.test(`${name}: refuses values that are not finite and vectors of another length`, () => {
    const codec = compressor.open(LAYOUT);
    for (const value of [NaN, Infinity, -Infinity, 1e31]) {
      const vector = random(1);
      vector[77] = value;
      assertThrows(() => codec.encode(vector), RangeError, "at 77");
    }
    assertThrows(() => codec.encode(new Float32Array(3)), RangeError, "700 values, got 3");
    const other = compressor.open({ ...LAYOUT, values: 701 });
    assertThrows(() => other.decode(codec.encode(random(1))), CompressionError, "must hold 701 values, got 700");
  });

  Deno.test(`${name}: two peers that exchange again and again reach their mean, which is kept all the way`, () => {
    const layout = { values: 320, matrices: [{ offset: 0, rows: 20, columns: 16 }] };
    const peers = [random(1, 1, 320), random(2, 1, 320)];
    const mean = peers[0].map((value, i) => (value + peers[1][i]) / 2);
    const before = norm(minus(peers[0], peers[1]));
    const links = peers.map(() => new CompressedLink(compressor, layout));
    const sums: number[] = [];
    for (let round = 0; round < 120; round++) {
      assertEquals(links[0].reference, links[1].reference);
      const sent = links.map((link, i) => link.encode(peers[i].slice()));
      const got = links.map((link, i) => ({ bytes: sent[1 - i].bytes, decoded: link.decode(sent[1 - i].bytes) }));
      links.forEach((link, i) => {
        assertEquals(got[i].decoded, sent[1 - i].decoded);
        const remote = asSeenFrom(peers[i], sent[i].decoded, got[i].decoded);
        for (let k = 0; k < 320; k++) peers[i][k] = (peers[i][k] + remote[k]) / 2;
        link.commit(sent[i], got[i]);
      });
      sums.push(norm(minus(peers[0].map((value, k) => (value + peers[1][k]) / 2), mean)));
    }
    assert(Math.max(...sums) < 1e-4, `the mean moved by ${Math.max(...sums)}`);
    assert(norm(minus(peers[0], peers[1])) < 1e-3 * before, `${norm(minus(peers[0], peers[1]))} of ${before}`);
  });
}

Deno.test("what the compressors cost: bytes for 100,000 values", () => {
  const values = 100_000;
  const layout = { values, matrices: [{ offset: 0, rows: 300, columns: 300 }] };
  const vector = random(1, 1, values);
  const bytes = Object.fromEntries([...compressors].map((c) => [c.name, c.open(layout).encode(vector).length]));
  assertEquals(bytes.none, 400_006);
  assertEquals(bytes.fp16, 200_006);
  assertEquals(bytes.int8, 100_006 + 4 * 391);
  assertEquals(bytes.int4, 50_006 + 4 * 1563);
  assertEquals(bytes["low-rank"], 6 + 4 * (2 * 600 + 10_000));
  assert(bytes["top-k"] > 5000 && bytes["top-k"] < 5700, `top-k: ${bytes["top-k"]}`);
});

Deno.test("a compressor whose decoder disagrees with its encoder is found out", () => {
  const int8 = compressors.named("int8");
  const broken = (change: Partial<Compressor>): Compressor => ({ ...int8, ...change });
  assertThrows(() => proveCompressor(broken({ code: 9 })), Error, "must carry its code");
  assertThrows(() => proveCompressor(broken({ lossless: true })), Error, "lose more");
  const negated: Compressor["open"] = (layout) => {
    const codec = int8.open(layout);
    return { ...codec, decode: (bytes) => codec.decode(bytes).map((value) => -value) };
  };
  assertThrows(() => proveCompressor(broken({ open: negated })), Error, "lose more");
  const lenient: Compressor["open"] = (layout) => {
    const codec = int8.open(layout);
    return { ...codec, decode: (bytes) => codec.decode(bytes.subarray(0, 6 + 4 * 2 + layout.values)) };
  };
  assertThrows(() => proveCompressor(broken({ open: lenient })), Error, "what follows an encoding");
});

Deno.test("a non-finite, negative or absurd scale is refused", () => {
  for (const name of ["int8", "int4"]) {
    const codec = compressors.named(name).open({ values: 10, matrices: [] });
    const bytes = codec.encode(random(1, 1, 10));
    for (const scale of [NaN, Infinity, -1, 1e30, 1e-44]) {
      const forged = bytes.slice();
      new DataView(forged.buffer).setFloat32(6, scale, true);
      assertThrows(() => codec.decode(forged), CompressionError, "a block's scale must be");
    }
  }
});

Deno.test("fp16 saturates instead of sending infinities", () => {
  const codec = compressors.named("fp16").open({ values: 4, matrices: [] });
  const decoded = codec.decode(codec.encode(Float32Array.of(1e5, -1e5, 65519, 1)));
  assertEquals(decoded, Float32Array.of(65504, -65504, 65504, 1));
  assertThrows(
    () => codec.decode(Uint8Array.of(1, 1, 4, 0, 0, 0, 0, 0x7c, 0, 0, 0, 0, 0, 0)),
    CompressionError,
    "finite",
  );
});

Deno.test("each vector has one int8 and one int4 form: levels out of range and padding that is not zero are refused", () => {
  const int8 = compressors.named("int8").open({ values: 5, matrices: [] });
  const bytes = int8.encode(random(1, 1, 5));
  bytes[10] = 0x80;
  assertThrows(() => int8.decode(bytes), CompressionError, "from -127 to 127, got -128 at 0");
  const int4 = compressors.named("int4").open({ values: 5, matrices: [] });
  const halves = int4.encode(random(1, 1, 5));
  assertThrows(() => int4.decode(halves.with(10, 0x70)), CompressionError, "from -7 to 7, got -8 at 0");
  assertThrows(() => int4.decode(halves.with(12, 0x7f)), CompressionError, "after the last value must be 8");
});

Deno.test("top-k refuses gaps that are not in their shortest form, run over the end or are missing", () => {
  const codec = compressors.named("top-k").open({ values: 300, matrices: [] });
  const header = [1, 4, 44, 1, 0, 0];
  const body = (count: number, gaps: number[]) =>
    Uint8Array.of(...header, count, 0, 0, 0, ...new Array(count).fill([0, 0, 128, 63]).flat(), ...gaps);
  assertEquals(codec.decode(body(2, [3, 0])).indexOf(1), 3);
  assertEquals(codec.decode(body(2, [3, 0]))[4], 1);
  assertEquals(codec.decode(body(1, [0x80 + 43, 2]))[299], 1);
  assertThrows(() => codec.decode(body(1, [0x83, 0])), CompressionError, "shortest form");
  assertThrows(() => codec.decode(body(1, [0x80 + 44, 2])), CompressionError, "below 300, got 300");
  assertThrows(() => codec.decode(body(2, [1, 0x80])), CompressionError, "the place of value 1 is missing");
  assertThrows(() => codec.decode(body(1, [1, 1])), CompressionError, "1 byte(s) follow");
  assertThrows(() => codec.decode(body(1, [0xff, 0xff, 0xff, 0xff, 0xff, 1])), CompressionError, "too long");
  assertThrows(() => codec.decode(body(4, [1, 1, 1, 1])), CompressionError, "at most 3 values are sent, got 4");
});

Deno.test("the places of the largest values are those that sorting finds, of equals the first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 60 }),
      fc.nat(60),
      (list, count) => {
        const vector = Float32Array.from(list, (value) => value / 3);
        const sorted = list.map((_, i) => i).filter((i) => list[i] !== 0)
          .sort((a, b) => Math.abs(list[b]) - Math.abs(list[a]) || a - b).slice(0, count).sort((a, b) => a - b);
        assertEquals(atOnce(largestPlaces(vector, count)), sorted);
      },
    ),
    { numRuns: 300, seed: 8 },
  );
});

Deno.test("low-rank: a matrix of rank 2 comes through whole, and with a warm start the best two of more are found", () => {
  const rng = new Rng(4);
  const [rows, columns] = [30, 24];
  const layout = { values: rows * columns, matrices: [{ offset: 0, rows, columns }] };
  const outer = (scale: number) => {
    const [left, right] = [rows, columns].map((size) => Array.from({ length: size }, () => rng.normal()));
    return Float32Array.from(
      { length: rows * columns },
      (_, i) => scale * left[Math.floor(i / columns)] * right[i % columns],
    );
  };
  const [a, b, small] = [outer(3), outer(2), outer(0.5)];
  const exact = a.map((value, i) => value + b[i]);
  const codec = compressors.named("low-rank").open(layout);
  assert(norm(minus(codec.decode(codec.encode(exact)), exact)) < 1e-5 * norm(exact));
  const mixed = exact.map((value, i) => value + small[i]);
  const errors = Array.from({ length: 8 }, () => norm(minus(codec.decode(codec.encode(mixed)), mixed)));
  assert(errors[7] <= norm(small) * 1.001, `left ${errors[7]}, the third part has norm ${norm(small)}`);
  // after a matrix of rank 1, which fills one direction only, the second is found again
  codec.encode(a);
  codec.encode(new Float32Array(rows * columns));
  assert(norm(minus(codec.decode(codec.encode(exact)), exact)) < 1e-5 * norm(exact));
});

Deno.test("low-rank says when a layout has no matrix to compress", () => {
  const error = assertThrows(() => compressors.named("low-rank").open({ values: 9, matrices: [] }), UserError);
  assertEquals(error.message.includes("needs a layout with a matrix"), true);
});

Deno.test("a convolution's filter counts as a matrix of [everything else, output channels]", () => {
  const layout = vectorLayout([
    { name: "bias", shape: [7] },
    { name: "filter", shape: [3, 3, 3, 2, 8] },
    { name: "scale", shape: [] },
    { name: "dense", shape: [5, 4] },
  ]);
  assertEquals(layout, {
    values: 7 + 432 + 1 + 20,
    matrices: [{ offset: 7, rows: 54, columns: 8 }, { offset: 440, rows: 5, columns: 4 }],
  });
});

Deno.test("a link whose sides do not share a reference says so, and begins anew in full", () => {
  const topK = compressors.named("top-k");
  const [a, b] = [new CompressedLink(topK, LAYOUT), new CompressedLink(topK, LAYOUT)];
  const [x, y] = [random(1), random(2)];
  const [fromA, fromB] = [a.encode(x), b.encode(y)];
  assertEquals(fromA.decoded, x, "the first exchange is in full");
  a.commit(fromA, fromB);
  assert(a.reference !== b.reference, "b died before its commit");
  assertThrows(() => b.decode(a.encode(x).bytes), CompressionError, "must be of compressor 0, got 4");
  a.forget();
  assertEquals(a.reference, b.reference);
  assertEquals(b.decode(a.encode(x).bytes), x);
  a.commit(fromA, fromB);
  b.commit(fromB, fromA);
  assertEquals(a.reference, b.reference);
  assert(a.encode(x).bytes.length < 200);
});

Deno.test("a peer keeps the links to the partners that it met last, and no more than it may", () => {
  const links = new CompressedLinks({ compressor: compressors.named("int8"), layout: LAYOUT, most: 2 });
  const [a, b] = [links.to("a"), links.to("b")];
  assertEquals(links.to("a") === a, true);
  links.to("c");
  assertEquals(links.size, 2);
  assertEquals([links.to("a") === a, links.to("b") === b], [true, false]);
  assertThrows(
    () => new CompressedLinks({ compressor: compressors.named("int8"), layout: LAYOUT, most: 0 }),
    RangeError,
  );
});

Deno.test("an unknown compressor is refused with the names of those there are", () => {
  assertThrows(() => compressors.named("zip"), UserError, "none, fp16, int8, int4, top-k, low-rank");
});

// an example of others' compressors works at once
for (const compressor of [...compressors].filter(({ name }) => name !== "sign")) {
  Deno.test(`${compressor.name}: a large vector is encoded and decoded in slices, to the same as at once`, () => {
    const layout = { values: 3 * SLICE, matrices: [{ offset: 0, rows: 3 * SLICE / 256, columns: 256 }] };
    const rng = new Rng(5);
    const [a, b] = [1, 2].map(() => Float32Array.from({ length: layout.values }, () => rng.normal()));
    const [sliced, whole, partner] = [1, 2, 3].map(() => new CompressedLink(compressor, layout));
    let turns = 0;
    const counting = <T>(work: Sliced<T>): T => {
      for (turns = 0;; turns++) {
        const { done, value } = work.next();
        if (done) return value;
      }
    };
    for (let k = 0; k < 2; k++) {
      const remote = partner.encode(b);
      const [sent, again] = [counting(sliced.encoding(a)), whole.encode(a)];
      assert(turns >= (compressor.name === "low-rank" ? 6 : 9), `${turns} turns to encode`);
      assertEquals(sent, again);
      const received = counting(sliced.viewing(remote.bytes));
      assertEquals(received, whole.decode(remote.bytes));
      counting(sliced.committing(sent, { bytes: remote.bytes, decoded: received }));
      if (!compressor.lossless) assert(turns >= 3, `${turns} turns to commit`);
      whole.commit(sent, { bytes: remote.bytes, decoded: received });
      partner.commit(remote, sent);
      assertEquals(sliced.reference, whole.reference);
    }
  });
}
