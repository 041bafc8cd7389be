/**
 * The viewer's server, for this machine only.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { answer, newToken, routesOf } from "./routes.ts";
import type { Show } from "./show.ts";

/** A server that runs. */
export interface ViewerServer {
  /** The page; who does not know it gets nothing. */
  readonly url: string;
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
}

/** How the server is started and ended. */
export interface ServeOptions {
  /** 0: a free one, by the system. @default 0 */
  port?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/** Serves what is shown on 127.0.0.1. @throws {UserError} if the port is in use or not allowed. */
export async function serveViewer(show: Show, { port = 0, signal }: ServeOptions = {}): Promise<ViewerServer> {
  const { esm } = await import("@niivue/niivue/min"); // the module's text, URL-encoded
  const token = newToken();
  const routes = routesOf(show, { token, niivue: decodeURIComponent(esm) });
  try {
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      { hostname: "127.0.0.1", port, signal, onListen: () => {} },
      (request): Promise<Response> => answer(request, routes, server.addr.port),
    );
    return { url: `http://127.0.0.1:${server.addr.port}/${token}/`, finished: server.finished };
  } catch (cause) {
    const rule = cause instanceof Deno.errors.AddrInUse
      ? "the port must be free; without --port the system chooses one"
      : messageOf(cause);
    throw new UserError(`starting the viewer: ${rule}`, { where: "--port", value: port, cause });
  }
}
