/**
 * The certificate of a peer or a relay that ends TLS itself: checked before anything starts, and read again while it
 * runs, since what an authority signs today ends within a run.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Startable } from "@libp2p/interface";
import { messageOf, UserError } from "../../core/errors.ts";
import { readText } from "../../core/text_files.ts";
import { type Timer, world } from "../../core/world.ts";

/** Where a certificate is. */
export interface CertificateFiles {
  /** PEM: the host's own first, then those that signed it. */
  readonly certificate: string;
  /** PEM, without a password. */
  readonly key: string;
}

/** A certificate that holds now. */
export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Its last moment. */
  readonly ends: Date;
}

/** Options of {@linkcode readCertificate}. */
export interface ReadCertificateOptions {
  /** How errors begin. @default "starting the network" */
  doing?: string;
  /** What a user calls the two files. @default those of a configuration */
  names?: CertificateFiles;
  /** Milliseconds since the epoch. @default world.now() */
  now?: number;
}

const SETTINGS: CertificateFiles = { certificate: "mesh.tls.certificate", key: "mesh.tls.key" };

/** @throws {UserError} if a file cannot be read, is none of its kind, the two do not fit, or the time is not its own. */
export async function readCertificate(
  files: CertificateFiles,
  { doing = "starting the network", names = SETTINGS, now = world.now() }: ReadCertificateOptions = {},
): Promise<Certificate> {
  const refuse = (which: keyof CertificateFiles, rule: string, cause?: unknown): never => {
    throw new UserError(`${doing}: ${names[which]} must ${rule}`, { where: files[which], cause });
  };
  const read = (which: keyof CertificateFiles) =>
    readText(files[which], { doing: `${doing}: reading ${names[which]}` });
  const parse = <T>(which: keyof CertificateFiles, kind: string, make: () => T): T => {
    try {
      return make();
    } catch (cause) {
      return refuse(which, `be ${kind}`, cause);
    }
  };
  const [cert, key] = [await read("certificate"), await read("key")];
  const parsed = parse("certificate", "a certificate in PEM", () => new X509Certificate(cert));
  const secret = parse("key", "a private key in PEM without a password", () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(secret)) refuse("key", `be the key of the certificate (${files.certificate})`);
  const [begins, ends] = [new Date(parsed.validFrom), new Date(parsed.validTo)];
  if (ends.getTime() <= now) refuse("certificate", `hold now; it expired at ${ends.toISOString()}: renew it`);
  if (begins.getTime() > now) refuse("certificate", `hold now; it begins at ${begins.toISOString()}: set the clock`);
  return { cert, key, ends };
}

/** How often the files are read again, in milliseconds. */
const RENEWAL = 3_600_000;

/** What {@linkcode Renewal} has of libp2p's node. */
interface Components {
  events: EventTarget;
}

/** A service of libp2p's: connections that come after a renewal of the certificate are given the new one. */
export class Renewal implements Startable {
  readonly #events: EventTarget;
  readonly #files: CertificateFiles;
  readonly #warn: (message: string) => void;
  readonly #interval: number;
  #now: Certificate;
  #timer: Timer | undefined;
  #told = "";

  constructor(
    { events }: Components,
    files: CertificateFiles,
    { first, warn, interval = RENEWAL }: {
      first: Certificate;
      warn: (message: string) => void;
      /** Milliseconds. */
      interval?: number;
    },
  ) {
    [this.#events, this.#files, this.#now, this.#warn, this.#interval] = [events, files, first, warn, interval];
  }

  /** Begins to look. */
  start(): void {
    this.#timer = world.after(this.#interval, () => {
      this.start();
      void this.look();
    });
  }

  /** Ends it. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** Reads the files; what is at fault with them is told once, and the certificate of before stays. */
  async look(): Promise<void> {
    try {
      const found = await readCertificate(this.#files, { doing: "renewing the certificate" });
      this.#told = "";
      if (found.cert === this.#now.cert) return;
      this.#now = found;
      // libp2p's listener for websockets hears this
      this.#events.dispatchEvent(new CustomEvent("certificate:renew", { detail: found }));
    } catch (error) {
      const message = messageOf(error);
      if (message !== this.#told) this.#warn(message);
      this.#told = message;
    }
  }
}
