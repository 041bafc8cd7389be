import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { reasonIn } from "../../scripts/engine_tensorflow/execute.ts";
import {
  choosePackage,
  compileCommand,
  cudaRequirements,
  pipArguments,
  planRoutes,
  type RouteName,
  routeNames,
  wheelRequirement,
} from "../../scripts/engine_tensorflow/plan.ts";
import { installerReason } from "../../scripts/engine_tensorflow/installer.ts";
import { firstThatServes, type Found } from "../../scripts/engine_tensorflow/set_up.ts";

Deno.test("the package's own installer comes first, and a library that was named leaves no choice", () => {
  assertEquals(planRoutes({ os: "linux" }), ["installer", "machine", "pypi"]);
  assertEquals(planRoutes({ os: "windows" }), ["installer"]);
  assertEquals(planRoutes({ os: "darwin" }), ["installer"]);
  assertEquals(planRoutes({ os: "linux", library: "/opt/tensorflow" }), ["machine"]);
});

Deno.test("a CUDA device decides which npm package and which wheel is taken", () => {
  assertEquals([true, false].map(choosePackage), ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]);
  assertEquals(wheelRequirement({ cuda: true, arch: "x86_64" }), "tensorflow==2.20.0");
  assertEquals(wheelRequirement({ cuda: false, arch: "x86_64" }), "tensorflow-cpu==2.20.0");
  assertEquals(wheelRequirement({ cuda: false, arch: "aarch64" }), "tensorflow==2.20.0"); // the other has no such wheel
});

Deno.test("the compiler is told sources, headers, libraries and where the loader finds them", () => {
  const command = compileCommand({
    compiler: "c++",
    sources: ["/package/a.cc", "/package/b.cc"],
    includes: ["/node", "/tensorflow/include"],
    libraries: ["/tensorflow/libtensorflow_cc.so.2", "/tensorflow/libtensorflow_framework.so.2"],
    searchPath: "$ORIGIN/tensorflow",
    output: "/out/tfjs_binding.node",
  });
  assertEquals(
    command.join(" "),
    "c++ -shared -fPIC -O2 -std=c++17 -DNAPI_VERSION=8 -I /node -I /tensorflow/include /package/a.cc /package/b.cc " +
      "/tensorflow/libtensorflow_cc.so.2 /tensorflow/libtensorflow_framework.so.2 " +
      "-Wl,-rpath,$ORIGIN/tensorflow -o /out/tfjs_binding.node",
  );
});

Deno.test("pip unpacks wheels of this machine's kind into the engine's folder, and nothing that they depend on", () => {
  const line = pipArguments(["tensorflow-cpu==2.20.0"], { target: "/engine", arch: "x86_64" }).join(" ");
  for (
    const part of [
      "-m pip install --target /engine",
      "--no-deps",
      "--only-binary=:all:",
      "--platform manylinux_2_17_x86_64",
    ]
  ) assert(line.includes(part), `${part} in ${line}`);
  assert(line.endsWith(" tensorflow-cpu==2.20.0"), line);
});

Deno.test("the CUDA libraries are those that the wheel's own metadata wants", () => {
  const metadata = [
    "Metadata-Version: 2.4",
    "Name: tensorflow",
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3.0.75) ; extra == 'and-cuda'",
    'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"',
    "",
    "This text mentions Requires-Dist: nothing.",
  ].join("\n");
  assertEquals(cudaRequirements(metadata), ["nvidia-cublas-cu12<13.0,>=12.5.3.2", "nvidia-cudnn-cu12<10.0,>=9.3.0.75"]);
  assertEquals(cudaRequirements("Name: other"), []);
});

/** Tries all ways with what each gives, an addon or a reason. */
async function tryWays(outcomes: Partial<Record<RouteName, Partial<Found> | Error>>, cuda: boolean) {
  const said: string[] = [];
  const tried: RouteName[] = [];
  const result = await firstThatServes(routeNames, { cuda, say: (line) => said.push(line) }, (name) => {
    tried.push(name);
    const outcome = outcomes[name];
    if (outcome instanceof Error) return Promise.reject(outcome);
    return Promise.resolve({ addon: `/${name}.node`, version: "2.20.0", cuda: false, ...outcome });
  });
  return { name: result.name, addon: result.addon, tried, said };
}

Deno.test("the first way that gives an addon is taken, and each step is told", async () => {
  const { name, addon, tried, said } = await tryWays({ installer: new UserError("no network") }, false);
  assertEquals([name, addon, tried], ["machine", "/machine.node", ["installer", "machine"]]);
  assertEquals(said, [
    "1/3 the package's own installer",
    "  not so: no network",
    "2/3 the package's source, built against a TensorFlow of this machine",
    "  it loads: TensorFlow 2.20.0, without a CUDA device",
  ]);
});

Deno.test("where CUDA is wanted, an addon that finds no device waits for a better one", async () => {
  const better = await tryWays({ pypi: { cuda: true } }, true);
  assertEquals([better.name, better.tried.length], ["pypi", 3]);
  const none = await tryWays({ pypi: new UserError("pip failed") }, true);
  assertEquals([none.name, none.tried.length], ["installer", 3]);
  assertEquals(none.said.at(-1), "no way found the CUDA device: the engine will compute on the processor");
});

Deno.test("no way at all is an error with every reason, and a defect is not taken for one", async () => {
  const reasons = { installer: new UserError("no network"), machine: new UserError("there is none") };
  const refused = await assertRejects(
    () => tryWays({ ...reasons, pypi: new UserError("pip failed") }, false),
    UserError,
  );
  for (const reason of ["no network", "there is none", "pip failed"]) assert(refused.message.includes(reason), reason);
  await assertRejects(() => tryWays({ ...reasons, pypi: new TypeError("a defect") }, false), TypeError, "a defect");
});

Deno.test("the line that speaks of an error stands for a program's complaints", () => {
  assertEquals(reasonIn("* Downloading\nerror: no such host\n    at somewhere\n"), "error: no such host");
  assertEquals(reasonIn("one\ntwo\n\n"), "two");
  assertEquals(reasonIn(""), "it gave no reason");
});

Deno.test("an installer that failed is quoted with its own error", () => {
  const told = [
    "error: script 'install' in '@tensorflow/tfjs-node@4.22.0' failed with exit code 1",
    "stdout:",
    "CPU-linux-4.22.0.tar.gz",
    "",
    "stderr:",
    "* Downloading libtensorflow",
    "error: Uncaught Error: getaddrinfo ENOTFOUND downloads.example",
    "    at lookup",
    "",
    "error: failed to run scripts for packages: @tensorflow/tfjs-node@4.22.0",
  ].join("\n");
  assertEquals(installerReason(told), "error: Uncaught Error: getaddrinfo ENOTFOUND downloads.example");
  assertEquals(installerReason("error: no such package"), "error: no such package");
});
