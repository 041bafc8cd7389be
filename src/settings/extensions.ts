/** The field `extensions` of a peer's configuration and of a protocol: modules that add to what can be named in it. */
import * as v from "valibot";
import { described, text } from "../core/settings.ts";

const EXTENSION_RULE = "must be a path, or a file: or https: URL";

/** The schema of the field `extensions`, which is read before all others. */
export const extensionsSchema = described(
  v.array(
    v.pipe(
      text(),
      v.check((given) => !/^[a-z][a-z0-9+.-]+:/i.test(given) || /^(file|https):/.test(given), EXTENSION_RULE),
    ),
  ),
  {
    description: "Modules that register variants of their own, which run with the peer's rights: paths from this " +
      "file's folder, or file: or https: URLs.",
    unit: "modules",
  },
);
