/**
 * Who is let in: requests for this host, so that no page from elsewhere whose name was made to lead here is answered
 * (DNS rebinding), and, where there is a token, those that know it.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { WebSettings } from "../../settings/types.ts";
import { webAddress } from "../../settings/web.ts";

/** Seconds for which a browser is let in by its cookie: 30 days. */
const COOKIE_AGE = 30 * 24 * 60 * 60;

/** What the guard needs to know. */
export interface AccessOptions extends Pick<WebSettings, "listen" | "token" | "hosts"> {
  /** The site's name, which sets its cookie apart from those of other sites on the same host. */
  site: string;
}

/** What is said of a request. */
export type Verdict =
  | { allowed: true }
  /** Let in by a link: the cookie takes the token's place, and the address loses it. */
  | { allowed: false; status: 303; cookie: string }
  | { allowed: false; status: 401 | 403; reason: string };

/** A request as far as it is looked at. */
export type Asked = Pick<Request, "url" | "headers">;

const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** Whether `given` is what `expected` is the digest of, in a time that tells nothing of either. */
const isSame = (given: string, expected: Uint8Array) => timingSafeEqual(sha256(given), expected);

/** The guard of a page. */
export class Access {
  readonly #hosts: ReadonlySet<string>;
  readonly #cookie: string;
  /** Digests of the token and of what the cookie holds in its place; undefined: everybody is let in. */
  readonly #known: { token: Uint8Array; cookieValue: string; cookie: Uint8Array } | undefined;

  constructor({ listen, token, hosts, site }: AccessOptions) {
    this.#hosts = new Set(
      ["localhost", webAddress(listen)?.hostname ?? "", ...hosts].map((host) => host.toLowerCase()),
    );
    this.#cookie = `syncytium-${site}`;
    if (token === undefined) return;
    const cookieValue = sha256(`syncytium/live/1 ${token}`).toString("hex");
    this.#known = { token: sha256(token), cookieValue, cookie: sha256(cookieValue) };
  }

  /** Whether a request is for this host; an IP address cannot be made to lead elsewhere, as names can. */
  isForHere({ headers }: Pick<Asked, "headers">): boolean {
    const host = headers.get("host") ?? "";
    const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
    return isIP(name) !== 0 || this.#hosts.has(name);
  }

  /** What becomes of a request, for whatever there is to see. */
  judge({ url, headers }: Asked): Verdict {
    if (!this.#known) return { allowed: true };
    const { token, cookie, cookieValue } = this.#known;
    const link = new URL(url).searchParams.get("token");
    if (link !== null) {
      if (!isSame(link, token)) return { allowed: false, status: 401, reason: "the token is not the one of this page" };
      const isSecure = headers.get("x-forwarded-proto") === "https";
      // no path: the browser takes the one that it asked for, which a proxy may have changed
      const attributes = ["HttpOnly", "SameSite=Lax", `Max-Age=${COOKIE_AGE}`, ...(isSecure ? ["Secure"] : [])];
      return { allowed: false, status: 303, cookie: [`${this.#cookie}=${cookieValue}`, ...attributes].join("; ") };
    }
    const bearer = headers.get("authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    if (bearer !== undefined && isSame(bearer, token)) return { allowed: true };
    const kept = headers.get("cookie")?.split(/; */).find((part) => part.startsWith(`${this.#cookie}=`));
    if (kept !== undefined && isSame(kept.slice(this.#cookie.length + 1), cookie)) return { allowed: true };
    const reason = 'this page needs its token: open it once with "?token=" and the token behind its address, or send ' +
      'the header "Authorization: Bearer" with it';
    return { allowed: false, status: 401, reason };
  }
}
