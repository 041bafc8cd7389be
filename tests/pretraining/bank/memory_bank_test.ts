import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { FeatureSet, RemoteFeatures } from "../../../src/core/features.ts";
import { MemoryBank } from "../../../src/pretraining/bank/memory_bank.ts";
import { Rng } from "../../../src/core/rng.ts";

/** Rows (cos a, sin a) whose angle tells which row it is. */
function rows(from: number, count: number, partition: (row: number) => number = () => 0): FeatureSet {
  const features = new Float32Array(count * 2), partitions = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    features[2 * i] = Math.cos((from + i) / 1000);
    features[2 * i + 1] = Math.sin((from + i) / 1000);
    partitions[i] = partition(from + i);
  }
  return { features, partitions };
}

/** The numbers that `rows` gave. */
function numbersOf({ features }: FeatureSet): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < features.length; i += 2) {
    numbers.push(Math.round(1000 * Math.atan2(features[i + 1], features[i])));
  }
  return numbers;
}

const remote = (peer: string, round: number, set: FeatureSet): RemoteFeatures => ({ peer, round, ...set });
const bank = (capacity = 8) => new MemoryBank({ dimension: 2, capacity, partitions: 4, staleness: 2 });

Deno.test("the queue forgets its oldest entries first", () => {
  const queue = bank(4);
  queue.push(rows(0, 3));
  queue.push(rows(3, 3));
  assertEquals(queue.localSize, 4);
  assertEquals(numbersOf({ features: queue.save()[0].data, partitions: new Int32Array(4) }), [2, 3, 4, 5]);
});

Deno.test("a state that is saved and loaded goes on as if nothing had happened", () => {
  const first = bank(4), second = bank(4);
  first.push(rows(0, 6, (row) => row % 4));
  second.load(first.save());
  first.push(rows(6, 1));
  second.push(rows(6, 1));
  assertEquals(second.save(), first.save());
});

Deno.test("Q' has the same share of every site whatever its size, and no entry twice", () => {
  const queue = bank(100);
  queue.push(rows(0, 100));
  queue.admit(remote("small", 1, rows(200, 5)), 1);
  queue.admit(remote("large", 1, rows(300, 90)), 1);
  const sample = queue.sample(35, new Rng(1));
  const numbers = numbersOf(sample);
  assertEquals(new Set(numbers).size, 35);
  const count = (low: number, high: number) => numbers.filter((n) => n >= low && n < high).length;
  assertEquals([count(0, 100), count(200, 300), count(300, 400)], [15, 5, 15]);
  assertEquals([...sample.remote], numbers.map((n) => n >= 200 ? 1 : 0));
});

Deno.test("rows that a site repeats within a partition count once", () => {
  const queue = bank(100);
  queue.push(rows(0, 100));
  const equal = { features: new Float32Array(800), partitions: Int32Array.from({ length: 400 }, (_, row) => row % 4) };
  for (let row = 0; row < 400; row++) equal.features[2 * row] = 1 + row; // of norm 1 they are all one
  assertEquals(queue.check(remote("liar", 1, equal)).partitions, Int32Array.of(0, 1, 2, 3));
  queue.admit(remote("liar", 1, equal), 1);
  queue.admit(remote("honest", 1, rows(300, 40)), 1);
  const { partitions, remote: isRemote } = queue.sample(60, new Rng(1));
  assertEquals([queue.remoteSize, partitions.length, isRemote.reduce((sum, one) => sum + one, 0)], [44, 60, 32]);
});

Deno.test("a site with 10 features and one with 10,000 are drawn from equally often", () => {
  const queue = new MemoryBank({ dimension: 2, capacity: 100, partitions: 4, remoteCapacity: 2048 });
  queue.push(rows(0, 100));
  queue.admit(remote("small", 1, rows(200, 10)), 1);
  queue.admit(
    remote("large", 1, { features: rows(0, 10_000).features, partitions: new Int32Array(10_000).fill(1) }),
    1,
  );
  const rng = new Rng(5);
  const drawn = { small: 0, large: 0 };
  for (let step = 0; step < 50; step++) {
    const { partitions, remote: isRemote } = queue.sample(20, rng);
    partitions.forEach((partition, row) => {
      if (isRemote[row]) drawn[partition === 1 ? "large" : "small"]++;
    });
  }
  assertAlmostEquals(drawn.small, drawn.large, 50); // what 20 leaves over three goes to sites at random
  assertAlmostEquals(drawn.small / 50, 20 / 3, 0.5);
});

Deno.test("however much a site releases, however often, no more than its share of the bank is kept, in proportion", () => {
  const queue = new MemoryBank({ dimension: 2, capacity: 8, partitions: 4, remoteCapacity: 100 });
  queue.admit(remote("b", 1, rows(0, 30)), 1);
  for (let round = 1; round <= 20; round++) {
    queue.admit(remote("flood", round, rows(0, 5000, (row) => row < 3000 ? 0 : 3)), round);
    assertEquals(queue.remoteSize, 130);
  }
  const { partitions } = queue.sample(130, new Rng(1));
  assertEquals([...partitions].filter((partition) => partition === 3).length, 40);
  assertEquals(queue.peers, ["b", "flood"]);
});

Deno.test("with uniform sampling each site has a share as large as its release", () => {
  const queue = new MemoryBank({ dimension: 2, capacity: 20, partitions: 4, sampling: "uniform" });
  queue.push(rows(0, 20));
  queue.admit(remote("large", 1, rows(100, 80)), 1);
  const rng = new Rng(4);
  let local = 0;
  for (let i = 0; i < 400; i++) {
    const numbers = numbersOf(queue.sample(10, rng));
    assertEquals(new Set(numbers).size, 10);
    local += numbers.filter((n) => n < 100).length;
  }
  assertAlmostEquals(local / 4000, 0.2, 0.03);
});

Deno.test("entries are drawn uniformly, the same seed draws the same", () => {
  const queue = bank(10);
  queue.push(rows(0, 10));
  const hits = new Array(10).fill(0);
  const rng = new Rng(3);
  for (let i = 0; i < 2000; i++) for (const n of numbersOf(queue.sample(3, rng))) hits[n]++;
  for (const hit of hits) assertAlmostEquals(hit / 2000, 0.3, 0.05);
  assertEquals(queue.sample(5, new Rng(9)), queue.sample(5, new Rng(9)));
});

Deno.test("a bank with less than K entries gives what it has", () => {
  const queue = bank();
  assertEquals(queue.sample(10, new Rng(1)).partitions.length, 0);
  queue.push(rows(0, 3));
  assertEquals(queue.sample(10, new Rng(1)).partitions.length, 3);
});

Deno.test("a newer release replaces a peer's earlier one, an older one is ignored", () => {
  const queue = bank();
  assertEquals(queue.admit(remote("a", 5, rows(0, 4)), 1), true);
  assertEquals(queue.admit(remote("a", 4, rows(10, 4)), 2), false);
  assertEquals(queue.admit(remote("a", 6, rows(20, 2)), 2), true);
  assertEquals(numbersOf(queue.sample(9, new Rng(1))).sort(), [20, 21]);
});

Deno.test("a release older than the staleness limit is forgotten", () => {
  const queue = bank();
  queue.admit(remote("a", 1, rows(0, 4)), 1);
  queue.admit(remote("b", 1, rows(0, 4)), 3);
  assertEquals(queue.expire(3), []);
  assertEquals(queue.expire(4), ["a"]);
  assertEquals(queue.peers, ["b"]);
  assertEquals(queue.remoteSize, 4);
});

Deno.test("a release that has expired stays gone however often it is handed over again", () => {
  const queue = bank();
  const sizes = Array.from({ length: 10 }, (_, index) => {
    queue.admit(remote("a", 7, rows(0, 4)), index + 1);
    queue.expire(index + 1);
    return queue.remoteSize;
  });
  assertEquals(sizes, [4, 4, 4, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(queue.admit(remote("a", 8, rows(10, 2)), 11), true);
});

Deno.test("a peer that starts anew with lower rounds is let in once its earlier release has expired", () => {
  const queue = bank();
  queue.admit(remote("a", 7, rows(0, 4)), 1);
  const anew = [1, 2, 7].map((round) => remote("a", round, rows(10 * round, 2)));
  assertEquals(queue.admit(anew[0], 2), false);
  queue.expire(4);
  assertEquals(queue.admit(anew[0], 4), true);
  assertEquals(queue.admit(anew[1], 5), true);
  assertEquals(queue.admit(anew[2], 6), true); // the earlier run's round number, other features
  assertEquals(numbersOf(queue.sample(9, new Rng(1))).sort(), [70, 71]);
});

Deno.test("a malformed release is refused whole", () => {
  const queue = bank();
  const good = rows(0, 2);
  const broken = (change: Partial<RemoteFeatures>) => () => queue.admit({ ...remote("a", 1, good), ...change }, 1);
  assertThrows(broken({ features: good.features.slice(1) }), RangeError, "2 rows of 2 values expected, got 3");
  assertThrows(broken({ features: Float32Array.of(1, 0, NaN, 0) }), RangeError, "every value must be finite");
  assertThrows(broken({ partitions: Int32Array.of(0, 4) }), RangeError, "must be in [0, 4), got 4");
  assertThrows(broken({ features: Float32Array.of(1, 0, 0, 0) }), RangeError, "must not be zero, got row 1");
  assertEquals(queue.remoteSize, 0);
});

Deno.test("rows that arrive with another norm are brought to norm 1", () => {
  const queue = bank();
  queue.admit(remote("a", 1, { features: Float32Array.of(3, 4), partitions: Int32Array.of(0) }), 1);
  const { features } = queue.sample(1, new Rng(1));
  assertAlmostEquals(features[0], 0.6, 1e-6);
  assertAlmostEquals(features[1], 0.8, 1e-6);
});

Deno.test("what is released is fair over the partitions", () => {
  const queue = bank(100);
  queue.push(rows(0, 80, () => 0));
  queue.push(rows(80, 15, () => 2));
  queue.push(rows(95, 5, () => 3));
  const { partitions } = queue.release(35, new Rng(1));
  const count = (partition: number) => partitions.filter((p) => p === partition).length;
  assertEquals([count(0), count(1), count(2), count(3)], [15, 0, 15, 5]);
});
