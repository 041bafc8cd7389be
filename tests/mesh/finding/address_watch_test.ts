/** When configured addresses that do not answer are told, in virtual time. */
import { assertEquals } from "@std/assert";
import { AddressWatch } from "../../../src/mesh/finding/address_watch.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const boot = { setting: "mesh.bootstrap[0]", address: "/dns4/b.example/tcp/4001", relay: false };
const relay = { setting: "mesh.relays[0]", address: "/dns4/r.example/tcp/4001/p2p/R", relay: true };

/** The minutes at which an address is told that fails every 30 seconds from `from` on, for `long`. */
function told(watch: AddressWatch, one: typeof boot, { from = 0, long }: { from?: number; long: number }): number[] {
  const minutes: number[] = [];
  for (let now = from; now <= from + long; now += 30 * SECOND) {
    if (watch.failed(one, { reason: "refused", since: now, now }) !== undefined) minutes.push((now - from) / MINUTE);
  }
  return minutes;
}

Deno.test("an address that fails for some seconds is told, with its setting and the reason", () => {
  const watch = new AddressWatch([boot]);
  const fail = (now: number, since = now) => watch.failed(boot, { reason: "the name was not found", since, now });
  assertEquals([fail(0), fail(500), fail(2_000), fail(4_999)], [undefined, undefined, undefined, undefined]);
  assertEquals(
    fail(5_500),
    "mesh.bootstrap[0] (/dns4/b.example/tcp/4001) does not answer: the name was not found; it goes on being called",
  );
  assertEquals(watch.unanswered(), [{ ...boot, reason: "the name was not found" }]);
  // one attempt that takes long is enough
  const slow = new AddressWatch([boot]).failed(boot, { reason: "nothing answered in time", since: 0, now: 6_000 });
  assertEquals(slow?.includes("nothing answered in time"), true);
});

Deno.test("it is told again after a minute, then after twice as long each time, up to an hour", () => {
  const minutes = told(new AddressWatch([boot], { grace: 0 }), boot, { long: 6 * HOUR });
  assertEquals(minutes, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303]);
  const again = new AddressWatch([boot], { grace: 0 });
  again.failed(boot, { reason: "refused", since: 0, now: 0 });
  const sentence = again.failed(boot, { reason: "there is no route to it", since: HOUR, now: HOUR });
  assertEquals(sentence?.includes("still does not answer: there is no route to it"), true);
});

Deno.test("one that answers after all is told once, if it was told before; then its member's coming and going says it", () => {
  const watch = new AddressWatch([boot]);
  told(watch, boot, { long: MINUTE });
  assertEquals(watch.answered(boot), "mesh.bootstrap[0] (/dns4/b.example/tcp/4001) answers after all");
  assertEquals([watch.answered(boot), watch.unanswered()], [undefined, []]);
  assertEquals(told(watch, boot, { from: HOUR, long: HOUR }), []);
  const quick = new AddressWatch([boot]);
  quick.failed(boot, { reason: "refused", since: 0, now: 0 });
  assertEquals(quick.answered(boot), undefined, "peers that start together miss each other at first");
});

Deno.test("a relay that gives no slot any more is told anew", () => {
  const watch = new AddressWatch([relay], { grace: 0 });
  assertEquals(
    watch.failed(relay, { reason: "refused", since: 0, now: 0 })?.includes("gives no slot: refused"),
    true,
  );
  assertEquals(watch.answered(relay), "mesh.relays[0] (/dns4/r.example/tcp/4001/p2p/R) gives a slot after all");
  assertEquals(told(watch, relay, { from: HOUR, long: MINUTE }), [0, 1]);
});

Deno.test("one's own address in a list of all peers' addresses is never told", () => {
  const watch = new AddressWatch([boot], { grace: 0 });
  watch.isOwn(boot);
  assertEquals([told(watch, boot, { long: HOUR }), watch.unanswered()], [[], []]);
});
