/**
 * What a peer takes that waits for others: `deno task bench peers --help`. `scripts/bench/peers.md` is what
 *
 *     deno task --quiet bench peers > scripts/bench/peers.md
 *
 * printed.
 *
 * @module
 */
import { UserError } from "../../src/core/errors.ts";
import { defineCommand, integer, withDefault } from "../../src/cli/flags/mod.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { describeMachine } from "./machine.ts";
import { measureWaiting, type WaitingFigures, WAITINGS } from "./_waiting_peers.ts";

/** The command. */
export const benchPeers = defineCommand({
  name: "bench peers",
  does: "what a peer takes until it waits for others, and while it waits: processor time and memory",
  notes: ["Peers are processes of their own, on loopback; Linux only."],
  flags: {
    rest: withDefault(integer("SECONDS", "for how long a peer that waits is let come to rest", { from: 0 }), 20),
    look: withDefault(integer("SECONDS", "for how long it is then looked at", { from: 1 }), 60),
  },
  example: "--look 300",
  async run({ flags: times, args }) {
    if (Deno.build.os !== "linux") {
      throw new UserError("measuring peers that wait: it is Linux that counts what processes take", {
        value: Deno.build.os,
      });
    }
    const began = performance.now(), startedAt = new Date().toISOString(), machine = describeMachine();
    const rows: string[] = [];
    for (const waiting of WAITINGS) {
      console.error(`measuring: ${waiting.name}`);
      rows.push(row(waiting.name, await measureWaiting(waiting, times)));
    }
    const command = ["deno task --quiet bench peers", ...args].join(" ");
    const took = formatDuration((performance.now() - began) / 1000);
    console.log(page(command, [startedAt, ...machine, `took ${took}`], times, rows));
  },
});

function row(name: string, { before, meanwhile }: WaitingFigures): string {
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const share = (100 * meanwhile.share).toFixed(1);
  const cells = [name, before.seconds.toFixed(1), mib(before.residentBytes), share, mib(meanwhile.residentBytes)];
  return `| ${cells.join(" | ")} |`;
}

function page(
  command: string,
  lines: readonly string[],
  { rest, look }: { rest: number; look: number },
  rows: readonly string[],
): string {
  return `# ${command}

${lines.map((line) => `- ${line}`).join("\n")}

Real peers on phantoms, with the engine \`wasm\` on one thread, of which the first is measured: the processor time of all
its threads until it waits, the resident memory then, and, ${rest} s later, the share of a core and the largest resident
memory over ${look} s. One member is never started, so it goes on being called.

| the peer | until it waits, s | MiB then | waiting, % of a core | MiB |
| :--- | ---: | ---: | ---: | ---: |
${rows.join("\n")}`;
}
