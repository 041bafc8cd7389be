/**
 * One peer of the mesh in a process of its own, for `bench network`: requests and answers are lines of JSON. Beside the
 * mesh it has a bare node of libp2p with the same transport, which sends and takes bytes over one stream: what noise
 * and yamux make possible.
 *
 * @module
 */
import { loadIdentity, Mesh, type MeshOptions } from "../../src/mesh/mod.ts";
import { noise } from "@chainsafe/libp2p-noise";
import type { Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import process from "node:process";
import { createLibp2p, type Libp2p } from "libp2p";
import { messageOf } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { linesOf } from "./measured_process.ts";

/** What can be asked, and what is answered. */
export interface NetworkRequests {
  /** Answered once the code has been loaded. */
  ready: { fields: object; answer: object };
  start: {
    fields: { options: Omit<MeshOptions, "identity" | "settings">; vector?: VectorOptions };
    answer: { address: string };
  };
  /** Waits for so many members. */
  joined: { fields: { members: number }; answer: object };
  exchange: { fields: object; answer: { bytes: number; milliseconds: number } };
  mix: { fields: { step: number; steps: number }; answer: { partners: number } };
  /** Adds a small random update, as training does. */
  advance: { fields: { seed: number }; answer: object };
  first: { fields: object; answer: { value: number } };
  sent: { fields: object; answer: { weights: number } };
  /** Processor time of all its threads since its start. */
  consumed: { fields: object; answer: { seconds: number } };
  /** Takes so many bytes over a bare stream, whoever comes, and sends as many. */
  listen: { fields: { bytes: number }; answer: { address: string } };
  /** Sends so many bytes over a bare stream and takes as many. */
  raw: { fields: { address: string; bytes: number }; answer: { milliseconds: number } };
}

/** A vector of one value, as tensors of a convolution's shape. */
export interface VectorOptions {
  length: number;
  value: number;
}

type Request = { [K in keyof NetworkRequests]: { do: K } & NetworkRequests[K]["fields"] }[keyof NetworkRequests];

const RAW_PROTOCOL = "/syncytium/bench/raw/1";
const PIECE = new Uint8Array(1024 * 1024);

let mesh: Mesh | undefined;
let node: Libp2p | undefined;

function started(): Mesh {
  if (!mesh) throw new Error("the mesh has not been started");
  return mesh;
}

async function start({ options, vector }: NetworkRequests["start"]["fields"]): Promise<{ address: string }> {
  const identity = await loadIdentity(options.stateDirectory);
  // the vectors are unlike those of one training
  mesh = new Mesh({ believe: "all", ...options, identity, settings: {} });
  if (vector) {
    const { length, value } = vector;
    const tensors = [{ name: "kernel", shape: [length / 64, 64] }];
    mesh.averaging.initialise(new Float32Array(length).fill(value), { layout: "bench", tensors, mass: 1, round: 0 });
  }
  await mesh.start();
  return { address: mesh.addresses()[0] };
}

async function joined(members: number): Promise<object> {
  const admitted = () => started().members().filter((member) => member.admitted).length;
  const events = started().events.subscribe();
  if (admitted() >= members) return {};
  for await (const _ of events) if (admitted() >= members) break;
  return {};
}

/** Sends `bytes`, waiting for room. */
async function send(stream: Stream, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE.length) {
    if (stream.send(PIECE.subarray(0, Math.min(left, PIECE.length)))) continue;
    await new Promise((resolve) => stream.addEventListener("drain", resolve, { once: true }));
  }
}

/** Resolves once `bytes` have come. */
function take(stream: Stream, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = bytes;
    stream.addEventListener("message", ({ data }) => {
      left -= data.byteLength;
      if (left <= 0) resolve();
    });
    stream.addEventListener("close", () => reject(new Error("the stream was closed")), { once: true });
  });
}

async function bareNode(): Promise<Libp2p> {
  return node ??= await createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { initialStreamWindowSize: 1024 * 1024 } })],
    // on a busy machine an answer may take longer than it waits
    connectionMonitor: { enabled: false },
  });
}

async function listen({ bytes }: NetworkRequests["listen"]["fields"]): Promise<{ address: string }> {
  const bare = await bareNode();
  await bare.handle(RAW_PROTOCOL, async (stream) => {
    await take(stream, bytes);
    await send(stream, bytes);
    await stream.close();
  });
  return { address: bare.getMultiaddrs()[0].toString() };
}

async function raw({ address, bytes }: NetworkRequests["raw"]["fields"]): Promise<{ milliseconds: number }> {
  const connection = await (await bareNode()).dial(multiaddr(address));
  const began = performance.now();
  const stream = await connection.newStream(RAW_PROTOCOL);
  const taken = take(stream, bytes);
  await send(stream, bytes);
  await taken;
  await stream.close();
  return { milliseconds: performance.now() - began };
}

async function exchange(): Promise<NetworkRequests["exchange"]["answer"]> {
  const result = await started().averaging.exchange();
  if ("skipped" in result) throw new Error(`the exchange was skipped: ${result.skipped}`);
  return result;
}

function advance({ seed }: NetworkRequests["advance"]["fields"]): object {
  const { averaging, peerId } = started();
  const rng = new Rng(seed).fork(peerId);
  const { length } = averaging.state!;
  averaging.contribute(Float32Array.from({ length }, () => 0.01 * rng.normal()), seed);
  return {};
}

async function obey(request: Request): Promise<object> {
  switch (request.do) {
    case "ready":
      return {};
    case "start":
      return await start(request);
    case "joined":
      return await joined(request.members);
    case "exchange":
      return await exchange();
    case "mix": {
      const { step, steps } = request;
      return { partners: (await started().averaging.step({ step, steps })).partners.length };
    }
    case "advance":
      return advance(request);
    case "first":
      return { value: started().averaging.snapshot().vector[0] };
    case "sent":
      return { weights: started().bytes().weights.sent };
    case "consumed": {
      const { user, system } = process.cpuUsage();
      return { seconds: (user + system) / 1e6 };
    }
    case "listen":
      return await listen(request);
    case "raw":
      return await raw(request);
  }
}

for await (const line of linesOf(Deno.stdin.readable)) {
  let answer: object;
  try {
    answer = await obey(JSON.parse(line) as Request);
  } catch (error) {
    answer = { error: messageOf(error) };
  }
  console.log(JSON.stringify(answer));
}
Deno.exit(0);
