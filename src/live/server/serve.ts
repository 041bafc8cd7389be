/**
 * The live page's server.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { portFault } from "../../mesh/finding/ports.ts";
import type { WebSettings } from "../../settings/types.ts";
import { webAddress } from "../../settings/web.ts";
import { Access } from "./access.ts";
import { answer, type Routes } from "./answer.ts";

/** A server that runs. */
export interface LiveServer {
  /** The page's address, without its token. */
  readonly url: string;
  /** Ends it, and hangs up on whoever is being answered. */
  close(): Promise<void>;
}

/** What is served, and to whom. */
export interface ServeOptions extends Pick<WebSettings, "listen" | "token" | "hosts"> {
  /** The site's name. */
  site: string;
  routes: Routes;
  /** Told, in a sentence, of what fails; of each path once. */
  warn: (message: string) => void;
}

/** Serves the routes. @throws {UserError} if the address is in use or cannot be listened on. */
export function serve({ listen, token, hosts, site, routes, warn }: ServeOptions): LiveServer {
  const { hostname, port } = webAddress(listen)!;
  const access = new Access({ listen, token, hosts, site });
  const told = new Set<string>();
  const failed = (path: string, error: unknown) => {
    if (told.has(path)) return;
    told.add(path);
    warn(`the live page cannot tell ${path}: ${messageOf(error)}; training goes on, and this is not said again`);
  };
  const ending = new AbortController();
  try {
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      {
        ...{ hostname, port, signal: ending.signal, onListen: () => {} },
        onError: (error) => {
          failed("a request", error);
          return new Response("this cannot be told now\n", { status: 500 });
        },
      },
      (request) => answer(request, { access, routes, failed }),
    );
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return {
      url: `http://${host}:${server.addr.port}/`,
      close: async () => {
        ending.abort();
        await server.finished;
      },
    };
  } catch (cause) {
    const fault = portFault({ address: listen, hostname, port });
    const rule = cause instanceof Deno.errors.AddrNotAvailable
      ? "must be of this machine"
      : fault
      ? `${fault.says}; ${fault.remedy}`
      : `cannot be listened on: ${messageOf(cause)}`;
    throw new UserError(`starting the live page: its address ${rule}`, { where: "web.listen", value: listen, cause });
  }
}
