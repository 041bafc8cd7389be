import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { RotatingFile } from "../../../src/telemetry/log/rotating_file.ts";

async function withDirectory(test: (path: string, files: () => Record<string, string>) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  const files = () =>
    Object.fromEntries(
      [...Deno.readDirSync(directory)].map(({ name }) => [name, Deno.readTextFileSync(join(directory, name))] as const)
        .toSorted(),
    );
  try {
    test(join(directory, "peer.log"), files);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function write(path: string, texts: string[], { bytes = 8, files = 3 } = {}): (string | undefined)[] {
  const log = RotatingFile.open(path, { bytes, files });
  const deleted = texts.map((text) => log.write(text));
  log.close();
  return deleted;
}

Deno.test("a full file is renamed, a fixed number is kept, and what is deleted is told", () =>
  withDirectory((path, files) => {
    const deleted = write(path, ["one\n", "two\n", "three\n", "four\n", "five\n", "six\n"]);
    assertEquals(files(), { "peer.log": "six\n", "peer.log.1": "five\n", "peer.log.2": "four\n" });
    assertEquals(deleted, [undefined, undefined, undefined, undefined, `${path}.2`, `${path}.2`]);
  }));

Deno.test("a file is gone on with, and a line that was torn ends first", () =>
  withDirectory((path, files) => {
    Deno.writeTextFileSync(path, "to");
    write(path, ["next\n"]);
    assertEquals(files(), { "peer.log": "to\nnext\n" });
    write(path, ["a\n"]);
    assertEquals(files(), { "peer.log": "a\n", "peer.log.1": "to\nnext\n" });
  }));

Deno.test("a text that is larger than a file has one for itself", () =>
  withDirectory((path, files) => {
    write(path, ["0123456789\n", "a\n"]);
    assertEquals(files(), { "peer.log": "a\n", "peer.log.1": "0123456789\n" });
  }));

Deno.test("where one file is kept, it is begun anew when it is full", () =>
  withDirectory((path, files) => {
    assertEquals(write(path, ["one\n", "three\n"], { files: 1 }), [undefined, path]);
    assertEquals(files(), { "peer.log": "three\n" });
  }));
