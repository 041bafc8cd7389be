import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/core/event_stream.ts";

Deno.test("every subscriber reads every event emitted after it came", async () => {
  const events = new EventStream<number>();
  const first = events.subscribe();
  events.emit(1);
  const second = events.subscribe();
  events.emit(2);
  events.close();
  assertEquals(await Array.fromAsync(first), [1, 2]);
  assertEquals(await Array.fromAsync(second), [2]);
});

Deno.test("a subscriber that leaves no longer costs anything", async () => {
  const events = new EventStream<number>();
  const stream = events.subscribe();
  events.emit(1);
  for await (const _ of stream) break;
  events.emit(2);
  events.close();
});
