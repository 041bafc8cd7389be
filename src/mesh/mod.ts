/**
 * The mesh: peers that find one another with no server, average weights by gossip, and exchange sealed embeddings.
 * Bytes and vectors only, never tensors.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadIdentity, Mesh } from "./mod.ts";
 *
 * const stateDirectory = await Deno.makeTempDir();
 * const identity = await loadIdentity(stateDirectory);
 * const mesh = new Mesh({
 *   identity,
 *   consortium: "example",
 *   settings: { levels: 4 },
 *   members: [identity.peerId],
 *   stateDirectory,
 *   listen: ["/ip4/127.0.0.1/tcp/0"],
 *   mdns: false,
 * });
 * await mesh.start();
 * mesh.averaging.initialise(new Float32Array(1000), { layout: "layout", mass: 12, round: 0 });
 * assertEquals(await mesh.averaging.exchange(), { skipped: "no member is connected" });
 * await mesh.stop();
 * await Deno.remove(stateDirectory, { recursive: true });
 * ```
 *
 * @module
 */
export * from "./averaging/mod.ts";
export { type PlanLink, PlanTalk, type PlanTalkOptions } from "./plans/plan_talk.ts";
export type { FixedPlan } from "./plans/protocol.ts";
export type { Statement } from "./plans/statement.ts";
export type { AuditHead } from "./anchors/audit_head.ts";
export type { AnchoredLog } from "./anchors/spread.ts";
export { consensusDistance, sketch, SKETCH_SIZE, sketchSeed } from "./heads/sketch.ts";
export { type CharterKeeper, type CharterKeeperOptions, type CharterWatcher, openCharter } from "./charter/keeper.ts";
export type { CharterFork } from "./charter/fork.ts";
export type { CharterEvent } from "./charter/spread.ts";
export { EnvelopeError } from "./envelope/sender_keys.ts";
export type { MemberStatus, MeshEvent, UnreachedAddress } from "./events.ts";
export type { ConfiguredAddress, UnansweredAddress } from "./finding/address_watch.ts";
export type { ConductRecord, PausedEvent } from "./admission/conduct.ts";
export type { PlaceEvent } from "./admission/places.ts";
export type { Place, PlaceProof } from "./protocols/place.ts";
export type { FeaturesEvent } from "./features/pulls.ts";
export type { SplitEvent } from "./finding/split.ts";
export type { FeatureDigest, Head } from "./heads/head.ts";
export type { ChannelHandler, Peers, StreamOptions, Warning } from "./protocols/peers.ts";
export { createIdentity, type Identity, type IdentityKey, loadIdentity } from "./envelope/identity.ts";
export { Mesh } from "./mesh.ts";
export { checkAddresses, type CheckAddressesOptions, type MeshAddresses } from "./addresses.ts";
export type { MeshOptions } from "./options.ts";
export type { CertificateFiles } from "./connections/certificate.ts";
export { type Relay, type RelayOptions, startRelay } from "./connections/relay_node.ts";
export type { RelayLimits } from "./finding/relays.ts";
export type { Settings } from "./admission/hello.ts";
export type { RefusalKind } from "./admission/refusal_kind.ts";
export type { Audit, AuditRecord, Flow, TrafficKind } from "./protocols/traffic.ts";
export type { FrameChannel } from "./protocols/channel.ts";
export type { Line } from "./protocols/line.ts";
export type { Charter, Member, Signature, UnsignedCharter } from "./charter/charter.ts";
export type { CharterChain } from "./charter/chain.ts";
export type { CharterMark } from "./charter/mark.ts";
export type { CharterSettings } from "./charter/settings.ts";
export type { Frame, FrameKind } from "./protocols/frame.ts";
export type { KeptPieces, PartialBlob } from "./protocols/kept_pieces.ts";
export type { DuePayload } from "./protocols/payload_memory.ts";
// types of other rooms that this one speaks of
export type { Bytes } from "../core/bytes.ts";
export type { EventStream } from "../core/event_stream.ts";
export type { Registry } from "../core/registry.ts";
export type { Rng } from "../core/rng.ts";
export type { Service } from "../core/service.ts";
export type { Layout, NamedVector } from "../core/vectors.ts";
