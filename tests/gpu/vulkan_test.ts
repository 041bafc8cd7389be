/** What is missing between a machine and a card is named with its remedy. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { diagnose, type Facts } from "../../scripts/gpu/vulkan/diagnose.ts";
import { findDriverFiles, placesOf } from "../../scripts/gpu/vulkan/driver_files.ts";
import { deviceOf, driverVersionOf, versionOf } from "../../scripts/gpu/vulkan/vulkan.ts";

const emulated = { name: "llvmpipe", type: 4, version: "1.3.230", driver: "0.0.1" };
const card = { name: "NVIDIA H200", type: 2, version: "1.4.312", driver: "580.159.04" };
const file = { path: "/usr/share/vulkan/icd.d/nvidia_icd.json", library: "libGLX_nvidia.so.0" };

const facts = (other: Partial<Facts>): Facts => ({
  vulkan: { version: "1.3.239", devices: [card] },
  drivers: { places: ["/usr/share/vulkan/icd.d"], files: [file], elsewhere: [] },
  nodes: ["/dev/nvidia0"],
  ...other,
});
const without = { version: "1.3.239", devices: [] };
const nothing = { places: ["/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d"], files: [], elsewhere: [] };

Deno.test("nothing is said where a card is there", () => {
  assertEquals(diagnose(facts({}), "hardware"), []);
  assertEquals(diagnose(facts({ vulkan: { version: "1.3.239", devices: [emulated] } }), "software"), []);
});

const faults: [string, Partial<Facts>, string[]][] = [
  [
    "no loader",
    { vulkan: { missing: "no such file" } },
    ["Vulkan's loader libvulkan.so.1 cannot be opened (no such file); install it (on Debian libvulkan1), or"],
  ],
  [
    "no driver's file",
    { vulkan: without, drivers: nothing },
    ["there is no driver's file (*.json) in /etc/vulkan/icd.d, /usr/share/vulkan/icd.d; install the Vulkan driver"],
  ],
  [
    "a driver's file where the loader does not look",
    { vulkan: without, drivers: { ...nothing, elsewhere: ["/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json"] } },
    ["set VK_DRIVER_FILES=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json before the command"],
  ],
  [
    "a driver whose library does not open",
    { vulkan: without, drivers: { ...nothing, files: [{ ...file, fault: "libnvidia-glcore.so: no such file" }] } },
    ["the driver that /usr/share/vulkan/icd.d/nvidia_icd.json names cannot be opened (libGLX_nvidia.so.0: libnvidia"],
  ],
  [
    "a kernel module without the driver",
    { vulkan: { version: "1.3.239", devices: [emulated] }, drivers: nothing, nvidia: "NVRM version: 580" },
    ["there is no driver's file", "NVIDIA_DRIVER_CAPABILITIES=all", "there is only a software adapter (llvmpipe)"],
  ],
  [
    "no card at all",
    { vulkan: { version: "1.3.239", devices: [emulated] }, nodes: [] },
    ["there is no card's device file", "there is only a software adapter (llvmpipe)"],
  ],
  [
    "a driver that is too old",
    { vulkan: { version: "1.3.239", devices: [{ ...card, version: "1.0.68", driver: "390.48" }] } },
    ["the driver of NVIDIA H200 is too old: it offers Vulkan 1.0.68 (driver 390.48), which must be 1.1 or newer"],
  ],
  [
    "a driver of NVIDIA's that lacks a library",
    { vulkan: { version: "1.3.239", devices: [emulated] }, nvidia: "NVRM version: 580" },
    ["libEGL.so.1 must be installed (on Debian libegl1)", "there is only a software adapter (llvmpipe)"],
  ],
  ["devices that this user may not open", { vulkan: without }, ["must be allowed to open /dev/nvidia0 (on Debian"]],
];

for (const [what, other, sentences] of faults) {
  Deno.test(`${what}: the cause and its remedy`, () => {
    const found = diagnose(facts(other), "hardware");
    assertEquals(found.length, sentences.length, found.join("\n"));
    found.forEach((sentence, i) => assertStringIncludes(sentence, sentences[i]));
  });
}

Deno.test("a missing software adapter is not answered with a card's driver", () => {
  const [said] = diagnose(facts({ vulkan: { version: "1.3.239", devices: [card] } }), "software");
  assertStringIncludes(said, "no driver offers a software adapter; install one (on Debian mesa-vulkan-drivers)");
});

Deno.test("versions are read as Vulkan and the vendors pack them", () => {
  assertEquals(versionOf(0x4030e6), "1.3.230");
  assertEquals(driverVersionOf((580 << 22 | 159 << 14 | 4 << 6) >>> 0, 0x10de), "580.159.04");
  assertEquals(driverVersionOf((535 << 22 | 98 << 14) >>> 0, 0x10de), "535.98");
  const properties = new DataView(new ArrayBuffer(1024));
  [0x4030e6, 1, 0x10005, 0, 4].forEach((value, i) => properties.setUint32(4 * i, value, true));
  new Uint8Array(properties.buffer).set(new TextEncoder().encode("llvmpipe"), 20);
  assertEquals(deviceOf(properties), emulated);
});

Deno.test("drivers' files are looked for where the loader looks, and what they name is opened", async () => {
  const folder = await Deno.makeTempDir();
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
  await write("a.json", JSON.stringify({ ICD: { library_path: "libGood.so" } }));
  await write("b.json", JSON.stringify({ ICD: { library_path: "./libBad.so" } }));
  await write("c.json", "{}");
  await write("d.json", "no JSON");
  await write("readme.txt", "");
  const opened: string[] = [];
  const open = (library: string) => {
    opened.push(library);
    if (library.includes("Bad")) throw new Error("wrong ELF class");
  };
  const env = (name: string) => ({ VK_DRIVER_FILES: folder })[name];
  const { places, files, elsewhere } = await findDriverFiles({ env, open, elsewhere: [folder] });
  assertEquals([places, elsewhere], [[folder], []]);
  assertEquals(opened.sort(), [join(folder, "libBad.so"), "libGood.so"]);
  const faultOf = (name: string) => files.find(({ path }) => path.endsWith(name))!.fault;
  assertEquals([files.length, faultOf("a.json"), faultOf("b.json")], [4, undefined, "wrong ELF class"]);
  assertEquals(faultOf("c.json"), "it must name a library under ICD.library_path");
  assert(faultOf("d.json")!.includes("JSON"));
  assertEquals((await findDriverFiles({ env: () => "/none", open, elsewhere: [folder] })).elsewhere.length, 4);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without a variable the loader looks in the user's, the system's and the distribution's folders", () => {
  const places = placesOf((name) => ({ HOME: "/home/a" })[name]);
  assertEquals(places[0], "/home/a/.config/vulkan/icd.d");
  assert(["/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d"].every((place) => places.includes(place)));
});
