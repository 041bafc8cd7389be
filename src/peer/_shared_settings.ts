/** What peers compare before they exchange anything. */
import canonicalize from "canonicalize";
import { sha256Hex } from "../core/digest.ts";
import type { PeerConfiguration } from "./configuration.ts";

/**
 * The settings that two peers must share before they average; each is named when it differs. What a site computes with
 * (`engine`, `data.ahead`), for how long (`schedule`) and what it lets go (`policy`) is its own affair.
 *
 * @param layoutDigest of the names and shapes of all weights that are averaged.
 */
export function sharedSettings(configuration: PeerConfiguration, layoutDigest: string): Record<string, string> {
  return { ...methodSettings(configuration), layout: layoutDigest };
}

/** Digest of what a configuration says of model and method: what a charter binds its sites to. Hexadecimal. */
export async function modelDigest(configuration: PeerConfiguration): Promise<string> {
  return await sha256Hex(`syncytium/model/1\n${canonicalize(methodSettings(configuration))}`);
}

function methodSettings(configuration: PeerConfiguration): Record<string, string> {
  const shared: Record<string, string> = {};
  const add = (name: string, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, part] of Object.entries(value)) add(`${name}.${key}`, part);
    } else if (value !== undefined) {
      shared[name] = typeof value === "string" ? value : JSON.stringify(value);
    }
  };
  add("seed", configuration.seed);
  add("network", configuration.network);
  add("pretrain", configuration.pretrain);
  add("data.spacing", configuration.data.spacing);
  add("data.crop", configuration.data.crop);
  add("mesh.averaging", configuration.mesh.averaging);
  return shared;
}
