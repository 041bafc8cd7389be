/**
 * The section `web` of a site's configuration: the page on which its administrator watches it, off unless it is there.
 * It is the site's own affair.
 *
 * @module
 */
import * as v from "valibot";
import { isIP } from "node:net";
import { UserError } from "../core/errors.ts";
import { described, flag, text } from "../core/settings.ts";
import type { WebSettings } from "./types.ts";

/** What goes into a link, a header and a cookie as it is. */
const TOKEN = /^[\w.~-]{16,200}$/;
const HOST = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** The schema of the section. */
export const webSchema = v.strictObject({
  listen: text({
    description:
      "Where the page is served: an IP address or localhost, and a port, as in 127.0.0.1:8080; a port alone " +
      "is one of this machine alone. Others than this machine's own need a token.",
  }),
  token: v.optional(
    described(v.pipe(text(), v.regex(TOKEN, "must be 16 to 200 letters, digits, '.', '_', '~' or '-'")), {
      description: "Who sees the page must know it.",
      otherwise: "everybody on this machine sees it",
    }),
  ),
  hosts: v.optional(
    described(v.array(v.pipe(text(), v.regex(HOST, "must be a host's name, without a port"))), {
      description: "Names by which else the page is asked for, as by a proxy before it; IP addresses and localhost " +
        "always are.",
    }),
    [],
  ),
  libp2p: v.optional(
    flag({
      description: "Whether `/metrics` tells libp2p's own figures, too: connections, dials, bytes by protocol. It " +
        "takes the permission --allow-sys=systemMemoryInfo,statfs.",
      otherwise: "false",
    }),
  ),
});

/** Where a server listens. */
export interface WebAddress {
  /** An IP address. */
  readonly hostname: string;
  /** From 0, which is a free one by the system. */
  readonly port: number;
}

/** Reads `web.listen`; undefined if it is none. */
export function webAddress(listen: string): WebAddress | undefined {
  const [, written = "127.0.0.1", digits] = listen.match(/^(?:(.+):)?(\d{1,5})$/) ?? [];
  const hostname = written === "localhost" ? "127.0.0.1" : written.replace(/^\[(.*)\]$/, "$1");
  // an address with colons stands in brackets, so that its port can be told
  const isAddress = isIP(hostname) === (written.startsWith("[") ? 6 : 4);
  const port = Number(digits);
  return isAddress && port <= 65_535 ? { hostname, port } : undefined;
}

/** Whether only this machine reaches it. */
export const isLoopback = ({ hostname }: Pick<WebAddress, "hostname">): boolean => /^(127\.|::1$)/.test(hostname);

/** Checks what the fields say together. @throws {UserError} if that cannot be; `where` names the file. */
export function checkWeb({ listen, token }: WebSettings, where: string): void {
  const refuse = (rule: string) => {
    throw new UserError(`reading the configuration: ${rule}`, { where: `${where}, field "web.listen"`, value: listen });
  };
  const address = webAddress(listen);
  if (!address) {
    refuse("must be an IP address or localhost with a port, as in 127.0.0.1:8080 or [::1]:8080, or a port alone");
  } else if (!isLoopback(address) && token === undefined) {
    refuse('an address that others reach needs a "web.token", which whoever sees the page must know');
  }
}
