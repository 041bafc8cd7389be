/**
 * `deno task bundle --out FILE`: one archive that runs on a Linux machine without a network and with nothing installed.
 *
 * The task runs with `--no-lock`: esbuild is needed only here, and not in everybody's lock file.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { format } from "@std/fmt/bytes";
import { choice, defineCommand, list, needed, path, toggle } from "../../src/cli/flags/mod.ts";
import { requireWritable } from "../../src/cli/output_file.ts";
import { archiveEnding, endings, writeArchive } from "./archive.ts";
import { layOut } from "./make.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The command. */
export const bundle = defineCommand({
  name: "bundle",
  does: "make one archive for machines without a network: Deno, the project, its packages, one launcher",
  notes: ["The same commit gives the same bytes. docs/offline.md says how it is carried, checked and used."],
  flags: {
    out: needed(path("FILE", `the archive: its name ends in ${endings.join(" or ")}; one that is there is replaced`)),
    with: {
      ...list(choice("PARTS", ["vulkan"], "what else it is to have, from Debian's packages")),
      shown: "nothing",
    },
    fast: toggle("compress less, in seconds: for trials"),
  },
  example: "--out syncytium.tar.zst",
  async run({ flags: { out, with: extras = [], fast } }) {
    archiveEnding(out);
    await requireWritable(out, "making the bundle");
    const scratch = await Deno.makeTempDir({ prefix: "syncytium-bundle-" });
    try {
      const { folder, version } = await layOut({ root: ROOT, extras, scratch, say: console.log });
      console.log(fast ? "packing" : "packing, which takes some minutes");
      const { bytes, digest } = await writeArchive(folder, out, fast ? "fast" : "best");
      console.log(`${version}\n${out}: ${format(bytes, { binary: true })}, SHA-256 ${digest}`);
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  },
});

if (import.meta.main) await bundle.main();
