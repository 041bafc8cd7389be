import { assertEquals } from "@std/assert";
import { AnySignal } from "../../src/core/deadline.ts";

Deno.test("a signal of several aborts with the first, for its reason", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  using either = new AnySignal(one.signal, undefined, two.signal);
  assertEquals(either.signal.aborted, false);
  two.abort("two");
  one.abort("one");
  assertEquals(either.signal.reason, "two");
});

Deno.test("a signal of one that has been aborted is aborted from the start", () => {
  using either = new AnySignal(new AbortController().signal, AbortSignal.abort("before"));
  assertEquals(either.signal.reason, "before");
});

Deno.test("a signal that has been disposed of follows nobody", () => {
  const parent = new AbortController();
  const { signal } = (() => {
    using either = new AnySignal(parent.signal);
    return either;
  })();
  parent.abort();
  assertEquals(signal.aborted, false);
});
