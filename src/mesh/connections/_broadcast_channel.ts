/**
 * A dependency of libp2p (mortice) opens a BroadcastChannel that has no `unref` under Deno, so that a process would
 * never exit by itself after `stop()`. Node's own has one. This file must be imported before libp2p.
 *
 * @module
 */
import { BroadcastChannel } from "node:worker_threads";

Object.defineProperty(globalThis, "BroadcastChannel", { value: BroadcastChannel, configurable: true, writable: true });
