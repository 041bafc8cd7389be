/** The certificate of who ends TLS: what is at fault is one sentence, and a renewed one is taken while it runs. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { readCertificate, Renewal } from "../../../src/mesh/connections/certificate.ts";
import { type CertificateFiles, makeAuthority, makeCertificate, whyNoOpenssl } from "../../_certificates.ts";

const missing = await whyNoOpenssl();

/** A test with certificates of its own, left out where openssl is missing. */
function testWith(name: string, fn: (folder: string, files: CertificateFiles, by: CertificateFiles) => Promise<void>) {
  Deno.test({
    name: missing ? `${name} (skipped: ${missing})` : name,
    ignore: missing !== undefined,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "syncytium-certificates-" });
      try {
        const by = await makeAuthority(folder, "authority");
        await fn(folder, await makeCertificate("peer", { folder, by, names: ["DNS:peer.example"] }), by);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

testWith("a certificate must be there, be one, fit its key and hold now", async (folder, files, by) => {
  const { cert, key, ends } = await readCertificate(files);
  assertEquals([cert, key], [await Deno.readTextFile(files.certificate), await Deno.readTextFile(files.key)]);
  const fails = async (pattern: RegExp, other: Partial<CertificateFiles>, now?: number) => {
    const { message } = await assertRejects(() => readCertificate({ ...files, ...other }, { now }), UserError);
    assertMatch(message, /^starting the network: /);
    assertMatch(message, pattern);
    assertEquals(message.split("\n").length, 1);
  };
  await fails(/reading mesh\.tls\.certificate: it must exist \(.*nowhere\.pem\)$/, {
    certificate: `${folder}/nowhere.pem`,
  });
  await fails(/mesh\.tls\.certificate must be a certificate in PEM \(.*peer\.key\)$/, { certificate: files.key });
  await fails(/mesh\.tls\.key must be a private key in PEM without a password \(.*peer\.pem\)$/, {
    key: files.certificate,
  });
  await fails(/mesh\.tls\.key must be the key of the certificate \(.*peer\.pem\) \(.*authority\.key\)$/, {
    key: by.key,
  });
  await fails(/mesh\.tls\.certificate must hold now; it expired at .*: renew it \(/, {}, ends.getTime());
  await fails(/mesh\.tls\.certificate must hold now; it begins at .*: set the clock \(/, {}, 0);
});

testWith("a renewed certificate is passed on once, and a broken one told once", async (folder, files, by) => {
  const events = new EventTarget();
  const renewed: string[] = [];
  events.addEventListener("certificate:renew", (event) => renewed.push((event as CustomEvent).detail.cert));
  const told: string[] = [];
  const renewal = new Renewal({ events }, files, {
    first: await readCertificate(files),
    warn: (message) => told.push(message),
  });
  await renewal.look();
  assertEquals(renewed, []);
  await makeCertificate("peer", { folder, by, names: ["DNS:peer.example"] });
  for (let time = 0; time < 2; time++) await renewal.look();
  assertEquals(renewed, [await Deno.readTextFile(files.certificate)]);
  await Deno.writeTextFile(files.key, "torn");
  for (let time = 0; time < 2; time++) await renewal.look();
  assertEquals(told.length, 1);
  assertMatch(told[0], /^renewing the certificate: mesh\.tls\.key must be a private key/);
});
