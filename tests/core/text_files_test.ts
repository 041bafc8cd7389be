import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import {
  decodeText,
  readCommentedJson,
  readJson,
  readJsonIfThere,
  readText,
  readTextIfThere,
} from "../../src/core/text_files.ts";
import { withFolder } from "../data/_files.ts";

const DOING = { doing: "reading the list" };

/** `text` in UTF-16 with its byte order mark. */
function utf16(text: string, { littleEndian }: { littleEndian: boolean }): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 + 2 * text.length));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let i = 0; i < text.length; i++) view.setUint16(2 + 2 * i, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("text is the same in UTF-8 with and without a byte order mark and in both kinds of UTF-16 with one", () => {
  const text = '{ "name": "Zürich" }\r\n';
  assertEquals(decodeText(utf8(text)), text);
  assertEquals(decodeText(utf8(`\uFEFF${text}`)), text);
  for (const littleEndian of [true, false]) assertEquals(decodeText(utf16(text, { littleEndian })), text);
});

const NO_TEXT: [string, Uint8Array, string][] = [
  ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), "must be in UTF-8, not in UTF-32"],
  ["UTF-16 without a mark", utf16("ab", { littleEndian: true }).subarray(2), "UTF-16 without a mark"],
  ["half a character of UTF-16", Uint8Array.of(0xff, 0xfe, 0x61), "must be text in UTF-16LE"],
  ["Windows' umlauts", Uint8Array.of(0x61, 0x0a, 0x5a, 0xfc, 0x72), "must be text in UTF-8; line 2 is not"],
  ["an umlaut at the end", Uint8Array.of(0xfc), "must be text in UTF-8; line 1 is not"],
];

for (const [what, bytes, rule] of NO_TEXT) {
  Deno.test(`${what} is refused by name`, () => {
    assertThrows(() => decodeText(bytes), RangeError, rule);
  });
}

Deno.test("JSON is read with a byte order mark, and a file that is none is one sentence with its name", () =>
  withFolder(async (directory) => {
    const path = `${directory}/list.json`;
    await Deno.writeFile(path, utf8('\uFEFF{ "a": 1 }'));
    assertEquals(await readJson(path, DOING), { a: 1 });
    await Deno.writeTextFile(path, "{\n  a: 1\n}");
    const { message } = await assertRejects(
      () => readJson(path, DOING),
      UserError,
      "reading the list: it must be JSON; ",
    );
    assert(message.includes(path) && !message.includes("\n"), message);
    await Deno.writeTextFile(path, " \n");
    await assertRejects(() => readJson(path, DOING), UserError, "it must be JSON; it is empty");
    await Deno.writeFile(path, Uint8Array.of(0x22, 0xfc, 0x22));
    await assertRejects(() => readJson(path, DOING), UserError, `must be text in UTF-8; line 1 is not (${path})`);
  }));

const COMMENTED = `{ // who we are
  "name": "a//b /* c */", /* over
  lines: "name": 2 */ "url": "http://x",
  "list": [1, 2, /* last */ ],
  "inner": { "none": [], "empty": {}, }, // "inner": 3
}
`;

Deno.test("JSON with comments and commas after last entries says what it says without them", () =>
  withFolder(async (directory) => {
    const path = `${directory}/site.jsonc`;
    await Deno.writeTextFile(path, COMMENTED);
    assertEquals(await readCommentedJson(path, DOING), {
      ...{ name: "a//b /* c */", url: "http://x", list: [1, 2], inner: { none: [], empty: {} } },
    });
    await assertRejects(() => readJson(path, DOING), UserError, "it must be JSON");
  }));

Deno.test("what is wrong in commented JSON is told with its line, and with a field that is named twice", () =>
  withFolder(async (directory) => {
    const path = `${directory}/site.jsonc`;
    const refused: [string, string][] = [
      ['{ "a": 1, // one\n /* two\n */ "b": 2\n "c": 3 }', "(line 4 column 2)"],
      ['{ "a": [,] }', "it must be JSON; "],
      ['{ "a": [1,,] }', "it must be JSON; "],
      ['{ "a": , }', "it must be JSON; "],
      ['{ "a": 1 }\n/* no end', "the comment that begins in line 2 has no end"],
      ["// nothing else", "it must be JSON; it is empty"],
      ['{ "a": 1, /* "a": 2 */ "b": 1, "a": 3, }', 'must not name the field "a" twice'],
    ];
    for (const [text, rule] of refused) {
      await Deno.writeTextFile(path, text);
      const { message } = await assertRejects(() => readCommentedJson(path, DOING), UserError, rule, text);
      assert(message.includes(path) && !message.includes("\n"), message);
    }
  }));

Deno.test("a field that an object names twice is refused, one of several objects is not", () =>
  withFolder(async (directory) => {
    const path = `${directory}/list.json`;
    const good = '{ "a": { "b": ":{", "c": "\\"}" }, "b": [{ "a": 1 }, { "a": 2 }], "c": "a" }';
    await Deno.writeTextFile(path, good);
    assertEquals(await readJson(path, DOING), JSON.parse(good));
    await Deno.writeTextFile(path, '{ "x": [{ "a": { "b": 1 }, "c": "a", "\\u0061": 2 }] }');
    await assertRejects(() => readJson(path, DOING), UserError, `it must not name the field "a" twice (${path})`);
  }));

Deno.test("what is missing, a folder or too long is said", () =>
  withFolder(async (directory) => {
    const none = `${directory}/none.json`;
    await assertRejects(() => readText(none, DOING), UserError, `reading the list: it must exist (${none})`);
    await assertRejects(() => readJson(none, { ...DOING, what: "the list" }), UserError, "the list must exist");
    assertEquals(await readTextIfThere(none, DOING), undefined);
    assertEquals(await readJsonIfThere(`${directory}/none/at.json`, DOING), undefined);
    await assertRejects(() => readTextIfThere(directory, DOING), UserError, "it must be a file, not a folder");
    await Deno.writeTextFile(`${directory}/long`, "12345");
    const atMost = { ...DOING, atMost: 4 };
    await assertRejects(() => readText(`${directory}/long`, atMost), UserError, "it must be at most 4 bytes, got 5");
    await assertRejects(() => readText(`${directory}/long/er`, DOING), UserError, "it must exist");
  }));
