/**
 * What the live page's server answers: a fixed list of paths, to whom it may be told, and nothing else.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import { servedHeaders } from "../../display/served_headers.ts";
import type { Access } from "./access.ts";

/** What is behind a path. */
export interface Route {
  /** Without it only those are answered whom the token lets in. @default false */
  open?: boolean;
  /** Makes the answer's parts; its headers come beside those of all answers. */
  answer: () => Answer | Promise<Answer>;
}

/** An answer's own parts. */
export interface Answer {
  /** @default 200 */
  status?: number;
  /** Of the body. @default "text/plain; charset=utf-8" */
  type?: string;
  body: string | ReadableStream<Uint8Array>;
}

/** All paths, such as "/state". */
export type Routes = Readonly<Record<string, Route>>;

/** What answering needs. */
export interface AnsweringOptions {
  access: Access;
  routes: Routes;
  /** Told of what a route throws, with its path. */
  failed: (path: string, error: unknown) => void;
}

const HEADERS = servedHeaders({ styleAttributes: true });
const PLAIN = "text/plain; charset=utf-8";

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, { status, headers: { ...HEADERS, "Content-Type": PLAIN, ...headers } });
}

/** Answers a request, whoever made it; never throws. */
export async function answer(
  request: Pick<Request, "method" | "url" | "headers">,
  { access, routes, failed }: AnsweringOptions,
): Promise<Response> {
  if (!access.isForHere(request)) {
    return plain(403, 'this host is not known here: names by which the page is asked for stand in "web.hosts"');
  }
  const url = URL.parse(request.url); // made of what the client says that its host is
  if (url === null) return plain(400, "the host has no such port");
  const { pathname } = url;
  const route: Route | undefined = routes[pathname]; // which begins with "/", as no other property does
  if (!route?.open) {
    const verdict = access.judge(request);
    if (!verdict.allowed) {
      if (verdict.status !== 303) return plain(verdict.status, verdict.reason, { "WWW-Authenticate": "Bearer" });
      return plain(303, "let in", { "Set-Cookie": verdict.cookie, "Location": "./" });
    }
  }
  if (!route) return plain(404, "there is nothing here");
  const isHead = request.method === "HEAD";
  if (request.method !== "GET" && !isHead) return plain(405, "only GET is answered", { "Allow": "GET, HEAD" });
  try {
    const { status = 200, type = PLAIN, body } = await route.answer();
    if (isHead && typeof body !== "string") await body.cancel();
    return new Response(isHead ? null : body, { status, headers: { ...HEADERS, "Content-Type": type } });
  } catch (error) {
    failed(pathname, error);
    return plain(500, `this cannot be told now: ${messageOf(error)}`);
  }
}
