/** What a way out by a proxy fails at: each in one sentence, against proxies that speak a few bytes. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { multiaddr } from "@multiformats/multiaddr";
import { tryWayOut, type WayOut, WaysOut } from "../../../src/mesh/finding/way_out.ts";
import { makeAuthority, makeCertificate, whyNoOpenssl } from "../../_certificates.ts";

const ADDRESS = "/ip4/127.0.0.1/tcp/443/wss";

/** A proxy that gives `answer` to each call, and then what `behind` gives. */
class FakeProxy implements AsyncDisposable {
  readonly heard: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;

  constructor(answer: string, behind?: number) {
    this.#serving = this.#serve(answer, behind);
  }

  environment(login = ""): Record<string, string> {
    return { HTTPS_PROXY: `http://${login}127.0.0.1:${this.#listener.addr.port}` };
  }

  async #serve(answer: string, behind: number | undefined): Promise<void> {
    for await (const call of this.#listener) {
      const piece = new Uint8Array(2048);
      const count = await call.read(piece) ?? 0;
      this.heard.push(new TextDecoder().decode(piece.subarray(0, count)));
      await call.write(new TextEncoder().encode(answer));
      if (behind === undefined) {
        call.close();
        continue;
      }
      const further = await Deno.connect({ hostname: "127.0.0.1", port: behind });
      await Promise.allSettled([call.readable.pipeTo(further.writable), further.readable.pipeTo(call.writable)]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

const status = (code: number) => `HTTP/1.1 ${code} As told\r\n\r\n`;

/** Fault and remedy in one. */
const told = ({ fault, remedy }: WayOut) => `${fault} -> ${remedy}`;

Deno.test("a proxy that refuses is told with its variable, and what helps", async () => {
  const rows: [answer: string, login: string, says: RegExp][] = [
    [status(407), "", /^the proxy .* asks for a user and a password \(407\) -> write them into HTTPS_PROXY/],
    [status(407), "u:p@", /^the proxy .* refuses its user and password \(407\) -> correct them in HTTPS_PROXY/],
    [status(403), "", /^the proxy .* does not let 127\.0\.0\.1:443 through \(403\) -> have its administrator/],
    [status(503), "", /^the proxy .* does not reach 127\.0\.0\.1:443 \(503\)/],
    [status(302), "", /^the proxy .* answers CONNECT with 302/],
    ["SSH-2.0\r\n\r\n", "", /^what answers there does not speak HTTP/],
  ];
  for (const [answer, login, says] of rows) {
    await using proxy = new FakeProxy(answer);
    assertMatch(told(await tryWayOut(ADDRESS, { environment: proxy.environment(login) })), says);
    assertStringIncludes(proxy.heard[0], "CONNECT 127.0.0.1:443 HTTP/1.1\r\n");
    assertEquals(proxy.heard[0].includes("Proxy-Authorization: Basic dTpw\r\n"), login !== "");
  }
});

Deno.test("a proxy that is not there, and a host that is called without one", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const away = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  assertMatch(
    told(await tryWayOut(ADDRESS, { environment: away })),
    /^the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) is not reached: the connection is refused -> mend HTTPS_PROXY/,
  );
  assertMatch(
    told(await tryWayOut(`/ip4/127.0.0.1/tcp/${port}/wss`, { environment: { ...away, NO_PROXY: "127.0.0.0/8" } })),
    /^127\.0\.0\.1:\d+ is not reached, without a proxy: the connection is refused -> where only a proxy leads out, set/,
  );
});

Deno.test("a proxy that takes the call and says nothing is given up, within the time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${listener.addr.port}` };
  assertMatch(
    told(await tryWayOut(ADDRESS, { environment, timeout: 50 })),
    /^the proxy .* takes the call and says nothing/,
  );
});

const noOpenssl = await whyNoOpenssl();
const untrusted = "a certificate that nobody here trusts is told with DENO_CERT, behind a proxy that lets through";
Deno.test({
  name: noOpenssl ? `${untrusted} (skipped: ${noOpenssl})` : untrusted,
  ignore: noOpenssl !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "syncytium-way-out-" });
    const by = await makeAuthority(folder, "authority");
    const { certificate, key } = await makeCertificate("host", { folder, by, names: ["IP:127.0.0.1"] });
    const listener = Deno.listenTls({
      ...{ hostname: "127.0.0.1", port: 0 },
      ...{ cert: await Deno.readTextFile(certificate), key: await Deno.readTextFile(key) },
    });
    const taking = listener.accept().then((line) => line.handshake().catch(() => {}).finally(() => line.close()));
    {
      await using proxy = new FakeProxy(status(200), listener.addr.port);
      assertMatch(
        told(await tryWayOut(ADDRESS, { environment: proxy.environment() })),
        /^the certificate of 127\.0\.0\.1:443 is signed by nobody whom this machine trusts -> .* in DENO_CERT/,
      );
    }
    listener.close();
    await taking;
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("calls that fail are explained, and the way is tried at most once a minute", async () => {
  let now = 0, tries = 0;
  const ways = new WaysOut({
    clock: () => now,
    attempt: () => Promise.resolve(++tries < 3 ? { fault: `fault ${tries}`, remedy: "mend it" } : {}),
  });
  const explain = () => ways.explain(multiaddr(ADDRESS));
  assertEquals([await explain(), await explain()], ["fault 1: mend it", "fault 1: mend it"]);
  now = 61_000;
  assertEquals(await explain(), "fault 2: mend it");
  now *= 2;
  assertEquals([await explain(), tries], [undefined, 3]);
});
