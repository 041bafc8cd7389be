import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const COMMAND = fromFileUrl(new URL("../../src/cli/simulate.ts", import.meta.url));

/** Runs the command as the task does, without any permission. */
async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "--no-prompt", COMMAND, ...args] });
  const { code, stdout, stderr } = await command.output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, out, error };
}

Deno.test("simulate --json prints one object with rounds, and needs no permission", async () => {
  const { code, out } = await run("--peers", "8", "--topology", "one-peer-exponential", "--rounds", "4", "--json");
  assertEquals(code, 0);
  const result = JSON.parse(out);
  assertEquals([result.peers, result.topology, result.rounds.length], [8, "one-peer-exponential", 4]);
  assert(result.seconds > 0);
  for (const round of result.rounds) {
    assertEquals(Object.keys(round), ["round", "consensus", "predicted", "bytesPerPeer"]);
  }
  assertEquals(result.rounds[2].predicted, 0);
  assert(result.rounds[2].consensus < 1e-6);
});

Deno.test("simulate prints a table where it is not asked for JSON", async () => {
  const args = ["--peers", "8", "--topology", "complete", "--rounds", "3", "--byzantine", "2", "--rule", "balance"];
  const { code, out } = await run(...args, "--attack", "noise", "--churn", "0.1", "--drop", "0.1", "--delay", "50");
  assertEquals(code, 0);
  assert(/^round +consensus +predicted +bytes a peer\n +1 /.test(out), out);
  assert(out.includes("lied") && out.includes("refused: peer-"), out);
});

Deno.test("simulate says in one sentence which flag is wrong", async () => {
  const cases: [string[], string][] = [
    [["--peers", "1"], "error: the flag --peers must be an integer from 2 to 100000, got 1;"],
    [["--rounds", "2.5"], "error: the flag --rounds must be an integer from 1 to 100000, got 2.5;"],
    [["--churn", "x"], "error: the flag --churn must be a number from 0 to 1, got x;"],
    [["--topology", "star"], "error: the flag --topology must be one of one-peer-exponential,"],
    [["--attack", "bribe"], "error: the flag --attack must be one of sign-flip, noise, little-is-enough, got bribe;"],
    [["--nodes", "3"], "error: unknown flag --nodes;"],
    [["--rule", "trimmed-mean"], "error: combining epidemic with trimmed-mean: this rule needs at least 3 neighbours"],
  ];
  const results = await Promise.all(cases.map(([args]) => run(...args)));
  results.forEach(({ code, out, error }, i) => {
    assert(code !== 0);
    assertEquals(out, "");
    assert(error.startsWith(cases[i][1]), error);
    assertEquals(error.split("\n").length, 1);
  });
});
