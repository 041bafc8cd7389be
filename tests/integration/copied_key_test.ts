/** A state folder that was copied and runs at two places, with real processes. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

Deno.test("a copy of a running site's folder ends with one sentence, and the site and the others are told and go on", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2, { schedule: { rounds: 500, stepsPerRound: 1, exchanges: 1 } });
    const [a, b] = sites.map((site) => new WatchedPeer(site));
    const { peerId } = await a.event("started");
    await b.event("member", ({ remote, state }) => remote === peerId && state === "joined");

    const place = join(directory, "copy");
    await new Deno.Command("cp", { args: ["-r", sites[0].directory, place] }).output();
    const configuration = join(place, "configuration.json");
    const settings = JSON.parse(await Deno.readTextFile(configuration));
    settings.mesh.listen = ["/ip4/127.0.0.1/tcp/0"];
    await Deno.writeTextFile(configuration, JSON.stringify(settings));
    const second = new WatchedPeer({ ...sites[0], name: "copy", directory: place, configuration });
    const { code, log } = await second.end();
    assertEquals(code, 1, log);
    assertMatch(
      log,
      /error: joining the mesh: this key is in use at another place: a process started .* answers there/,
    );
    assertEquals(log.trimEnd().split("\n").filter((line) => line.startsWith("error:")).length, 1);

    await a.event("warning", ({ message }) => message.startsWith("this site's key is in use at another place, too"));
    await b.event("warning", ({ message }) => message.startsWith(`${peerId}: its key is in use at two places at once`));
    const rounds = (peer: WatchedPeer) => peer.events.filter(({ type }) => type === "round").length;
    const before = rounds(a);
    await a.event("round", ({ round, partners }) => round > before + 1 && partners.length > 0);
    assertEquals(b.events.some((event) => event.type === "member" && event.state === "left"), false);
    // a terminal's interruption is told from a service's end
    a.signal("SIGINT");
    b.signal("SIGTERM");
    assertEquals([(await a.end()).code, (await b.end()).code], [130, 0]);
  }));
