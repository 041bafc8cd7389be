/**
 * What a mesh is made with, checked.
 *
 * @module
 */
import type { Libp2pOptions } from "libp2p";
import { UserError } from "../core/errors.ts";
import { type SmallFiles, smallFiles } from "../core/small_files.ts";
import { checkAddresses, checkOwnAddresses, JOINING } from "./addresses.ts";
import type { AnchoredLog } from "./anchors/spread.ts";
import type { CharterMark } from "./charter/mark.ts";
import type { CharterKeeper } from "./charter/keeper.ts";
import type { Identity } from "./envelope/identity.ts";
import { type AveragingSettings, checkAveraging } from "./averaging/settings.ts";
import type { PlanTalk } from "./plans/plan_talk.ts";
import { DEFAULT_LIMITS } from "./protocols/frame.ts";
import { HELLO_LIMITS, helloBytes, type Settings } from "./admission/hello.ts";
import type { CertificateFiles } from "./connections/certificate.ts";
import type { BuildNode } from "./connections/node.ts";
import type { Audit } from "./protocols/traffic.ts";

/** Options of {@linkcode Mesh}. */
export interface MeshOptions {
  /** This peer's keys, from {@linkcode loadIdentity}. */
  identity: Identity;
  /** The consortium's name, the same for all its peers. */
  consortium: string;
  /** Model and method; peers whose settings differ refuse each other and say in what. */
  settings: Settings;
  /**
   * Names of settings that, with all whose names go on with a dot, count only between peers that both have some of
   * them: what concerns those alone who do a thing that not all do. @default []
   */
  comparedIfBoth?: readonly string[];
  /**
   * Names of settings that one of two peers may have alone, and a clause about that one, which says what helps: told in
   * place of all that differs then. @default {}
   */
  oneSided?: Readonly<Record<string, string>>;
  /** The peer ids that are let in; one's own may be among them. */
  members: readonly string[];
  /** Where there is one, it decides who is let in, now and later; `consortium` and `members` are then its own. */
  charter?: CharterKeeper;
  /** Told, at the start and whenever the charter changes, the peer ids that belong. */
  membersChanged?: (members: readonly string[]) => void;
  /** Folder for the address book and the like. */
  stateDirectory: string;
  /** Multiaddrs to listen on; none: the peer only calls others. @default ["/ip4/0.0.0.0/tcp/0"] */
  listen?: readonly string[];
  /**
   * The UDP port on which to listen over QUIC, and from which to call, so that NATs on both sides may be passed; 0: one of
   * the system's. Needs Deno's --unstable-net. @default none: QUIC is not spoken
   */
  quic?: number;
  /** Whether the router is asked to forward what is listened on, by NAT-PMP or UPnP. @default false */
  portMapping?: boolean;
  /** Files of the certificate for addresses in `listen` that end in /wss. */
  tls?: CertificateFiles;
  /** Further multiaddrs at which others reach this peer, such as a forwarded port's or a proxy's. @default [] */
  announce?: readonly string[];
  /** Multiaddrs of any members, with or without /p2p/ID; one that answers is enough. @default [] */
  bootstrap?: readonly string[];
  /** Multiaddrs, with /p2p/ID, of relays to be reachable through; they need not be members. @default [] */
  relays?: readonly string[];
  /** Whether to carry connections between other members. @default true */
  relay?: boolean;
  /** Whether to meet the other members in a hash table of theirs. @default true */
  dht?: boolean;
  /** Whether to look for members on the local network. @default true */
  mdns?: boolean;
  /** With whom and how weights are averaged; the same at all peers. @default DEFAULT_AVERAGING */
  averaging?: AveragingSettings;
  /**
   * How long, at most, planned partners are waited for that are one step behind, in milliseconds; by what partners took,
   * less. Plans over those who are there (`epidemic`) never wait. @default 10000
   */
  patience?: number;
  /** Of the random choices (partners, waits). @default 0 */
  seed?: number;
  /** Longest wait for one step of a transfer, in milliseconds. @default 30000 */
  stepTimeout?: number;
  /** Milliseconds without a sign of life after which a connection is cut. @default 25000 */
  silence?: number;
  /** Milliseconds that a member may be away before it is reported missing. @default 20000 */
  absence?: number;
  /**
   * What is believed of other members: "likely", only what may be of the same training, held against this peer's own
   * and what all announce, and whoever sends other things again and again is paused; "all" that has the right form.
   * @default "likely"
   */
  believe?: "likely" | "all";
  /** Told, and awaited, before weights or embeddings leave. */
  audit?: Audit;
  /** The site's audit log, whose head the other members hold. @default none: only theirs are held */
  auditLog?: AnchoredLog;
  /**
   * What is said towards a plan of all, which the peer makes. @default none: the protocol is not spoken
   *
   * @internal
   */
  plan?: PlanTalk;
  /**
   * Makes what takes libp2p's own figures. @default nothing does
   *
   * @internal
   */
  metrics?: Libp2pOptions["metrics"];
  /**
   * Makes the node. @default one of libp2p
   *
   * @internal
   */
  buildNode?: BuildNode;
  /**
   * Where the address book and the like are kept. @default those of this machine
   *
   * @internal
   */
  files?: SmallFiles;
  /** Takes lines of detail for a log. */
  logger?: (line: string) => void;
}

/** The options of a mesh with their defaults. */
export type CheckedMeshOptions = Readonly<
  & Required<
    Omit<MeshOptions, "averaging" | "charter" | "auditLog" | "plan" | "metrics" | "quic" | "tls" | "buildNode">
  >
  & Pick<MeshOptions, "charter" | "auditLog" | "plan" | "metrics" | "quic" | "tls" | "buildNode">
  & { averaging: Readonly<Required<AveragingSettings>> }
>;

/**
 * The options with their defaults, frozen.
 *
 * @throws {UserError} naming the field and the value that is not acceptable.
 */
export function checkMeshOptions(options: MeshOptions): CheckedMeshOptions {
  const {
    listen = ["/ip4/0.0.0.0/tcp/0"],
    comparedIfBoth = [],
    oneSided = {},
    portMapping = false,
    announce = [],
    bootstrap = [],
    relays = [],
    relay = true,
    dht = true,
    mdns = true,
    averaging: chosen = {},
    patience = 10_000,
    seed = 0,
    stepTimeout = 30_000,
    silence = 25_000,
    absence = 20_000,
    believe = "likely",
    audit = () => {},
    files = smallFiles,
    membersChanged = () => {},
    logger = () => {},
    ...required
  } = options;
  const { identity, consortium, members, settings, charter } = required;
  const addresses = { listen, announce, bootstrap, relays };
  checkAddresses({ members, quic: required.quic, tls: required.tls, ...addresses });
  checkOwnAddresses({ listen, announce }, identity.peerId);
  const averaging = checkAveraging(chosen, new Set([...members, identity.peerId]).size, { where: "mesh.averaging" });
  checkHello(consortium, settings, charter?.chain.mark);
  return Object.freeze({
    ...required,
    ...addresses,
    comparedIfBoth,
    oneSided,
    portMapping,
    relay,
    dht,
    mdns,
    averaging,
    patience,
    seed,
    stepTimeout,
    silence,
    absence,
    believe,
    audit,
    files,
    membersChanged,
    logger,
  });
}

/** What others would refuse to read must not be sent: none of them could say why it fails. */
function checkHello(consortium: string, settings: Settings, charter?: CharterMark): void {
  const refuse = (rule: string, where: string, value?: unknown) => {
    throw new UserError(`${JOINING}: ${rule}`, { where, value });
  };
  const { consortium: maxConsortium, settings: maxSettings, name: maxName, value: maxValue } = HELLO_LIMITS;
  if (!consortium) refuse("a consortium must have a name", "mesh.consortium");
  if (consortium.length > maxConsortium) {
    refuse(`a consortium's name must be at most ${maxConsortium} characters`, "mesh.consortium", consortium);
  }
  const entries = Object.entries(settings);
  if (entries.length > maxSettings) refuse(`there must be at most ${maxSettings} settings`, "settings", entries.length);
  for (const [name, value] of entries) {
    const where = `settings.${name}`;
    if (name.length > maxName) refuse(`a setting's name must be at most ${maxName} characters`, where);
    if (typeof value === "string") {
      if (value.length <= maxValue) continue;
      refuse(`a setting must be at most ${maxValue} characters`, where, `${value.length} characters`);
    }
    // JSON has no other numbers
    if (typeof value === "boolean" || Number.isFinite(value)) continue;
    refuse(
      "a setting must be a string, a finite number or a boolean",
      where,
      typeof value === "number" ? `${value}` : value,
    );
  }
  const bytes = helloBytes({ consortium, settings, charter });
  if (bytes > DEFAULT_LIMITS.message) {
    refuse(`all settings together must fit ${DEFAULT_LIMITS.message} bytes of JSON`, "settings", `${bytes} bytes`);
  }
}
