import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { AppendingFile, readWholeLines } from "../../src/studies/appending_file.ts";
import { withFolder } from "../data/_files.ts";

Deno.test("an append that is asked for while another is at work waits for its end, and neither is lost", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lines");
    using file = await AppendingFile.open(path, "");
    const { sync } = Deno.FsFile.prototype;
    let second: Promise<void> | undefined;
    Deno.FsFile.prototype.sync = function () { // the first's line is written, and not yet on the disk
      Deno.FsFile.prototype.sync = sync;
      second = file.append("second\n");
      return sync.call(this);
    };
    await file.append("first\n");
    await second;
    assertEquals(await Deno.readTextFile(path), "first\nsecond\n");
    assertEquals(file.size, (await Deno.stat(path)).size);
  }));

Deno.test("an append after one that failed is written as if that had not been", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lines");
    using file = await AppendingFile.open(path, "");
    const { write } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.write = () => Promise.reject(new Error("disk full"));
    try {
      await assertRejects(() => file.append("lost\n"), Error, "disk full");
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    await file.append("kept\n");
    assertEquals(await Deno.readTextFile(path), "kept\n");
  }));

Deno.test("what follows the last line feed was torn off, and a file that is not there is empty", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lines");
    assertEquals(await readWholeLines(path), "");
    await Deno.writeTextFile(path, "whole\ntorn");
    assertEquals(await readWholeLines(path), "whole\n");
  }));
