/**
 * What the viewer's server answers: a fixed list of paths below a secret one, and nothing else. No part of a request
 * becomes part of a file's path.
 *
 * @module
 */
import { encodeHex } from "@std/encoding/hex";
import { readVolume } from "../data/formats/read.ts";
import { encodeNifti } from "../data/nifti/write.ts";
import { labelColour } from "../display/palette.ts";
import { servedHeaders } from "../display/served_headers.ts";
import { viewerPage, viewerStyle } from "./page.ts";
import client from "./viewer.js" with { type: "text" };
import { isNifti } from "./_volumes.ts";
import type { Show } from "./show.ts";

/** What is behind a path. */
export interface Route {
  readonly type: string;
  /** A text, a file as it is, or a volume of another format, which is sent as NIfTI. */
  readonly body: string | { readonly path: string } | { readonly volume: string };
}

/** niivue's font is a picture within its own text. */
const HEADERS = servedHeaders();

/** Colours of label values without a name, and of more structures than one sees apart. */
const COLOURS = 8;

/** 128 random bits, which who does not know them cannot guess. */
export function newToken(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * Every path that is answered.
 *
 * @param niivue the text of niivue's module
 */
export function routesOf(show: Show, { token, niivue }: { token: string; niivue: string }): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  const add = (path: string, route: Route) => {
    routes.set(`/${token}/${path}`, route);
    return path;
  };
  const files = new Map<string, string>();
  const urlOf = (path: string) => {
    const body = isNifti(path) ? { path } : { volume: path };
    const ending = /\.gz$/i.test(path) && "path" in body ? "nii.gz" : "nii";
    const url = files.get(path) ?? add(`files/${files.size}.${ending}`, { type: "application/octet-stream", body });
    files.set(path, url);
    return url;
  };
  const text = {
    title: show.title,
    labels: [...show.labels].sort(([a], [b]) => a - b).map(([value, name], i) => ({
      ...{ value, name, colour: labelColour(i) },
    })),
    colours: Array.from({ length: COLOURS }, (_, i) => labelColour(i)),
    cases: show.cases.map(({ id, image, frame, overlays, remarks }) => ({
      ...{ id, image: urlOf(image), frame, remarks },
      overlays: overlays.map(({ kind, name, path }) => ({ kind, name, url: urlOf(path) })),
    })),
  };
  add("", { type: "text/html; charset=utf-8", body: viewerPage(show) });
  add("viewer.css", { type: "text/css; charset=utf-8", body: viewerStyle() });
  add("viewer.js", { type: "text/javascript; charset=utf-8", body: client });
  add("niivue.js", { type: "text/javascript; charset=utf-8", body: niivue });
  add("show.json", { type: "application/json", body: JSON.stringify(text) });
  return routes;
}

const plain = (status: number, text: string) => new Response(`${text}\n`, { status, headers: HEADERS });

/**
 * Answers a request, whoever made it.
 *
 * @param port the server's own: a page from elsewhere whose name was made to lead here has another host
 */
export async function answer(
  request: Pick<Request, "method" | "url" | "headers">,
  routes: ReadonlyMap<string, Route>,
  port: number,
): Promise<Response> {
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(request.headers.get("host") ?? "")) {
    return plain(403, "the host must be 127.0.0.1");
  }
  const route = routes.get(new URL(request.url).pathname);
  if (route === undefined) return plain(404, "there is nothing here");
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "only GET is answered");
  const headers: Record<string, string> = { ...HEADERS, "Content-Type": route.type };
  if (typeof route.body === "string") return new Response(request.method === "HEAD" ? null : route.body, { headers });
  try {
    if ("volume" in route.body) {
      if (request.method === "HEAD") return new Response(null, { headers });
      return new Response(encodeNifti(await readVolume(route.body.volume)), { headers });
    }
    const { size } = await Deno.stat(route.body.path);
    headers["Content-Length"] = String(size);
    if (request.method === "HEAD") return new Response(null, { headers });
    const file = await Deno.open(route.body.path);
    return new Response(file.readable, { headers });
  } catch {
    return plain(404, "the file cannot be read any more");
  }
}
