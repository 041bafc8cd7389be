/** Certificates of a test's own authorities, made with openssl. */

/** A certificate and its key, as files. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** An authority of the name, in files `NAME.pem` and `NAME.key` of the folder. */
export async function makeAuthority(folder: string, name: string): Promise<CertificateFiles> {
  const [certificate, key] = [`${folder}/${name}.pem`, `${folder}/${name}.key`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl("req", "-x509", ...curve, "-days", "2", "-subj", `/CN=${name}`, "-keyout", key, "-out", certificate);
  return { certificate, key };
}

/** What {@linkcode makeCertificate} writes. */
export interface CertificateOptions {
  folder: string;
  by: CertificateFiles;
  /** Of the host, such as `DNS:relay.example` or `IP:11.0.1.2`. */
  names: readonly string[];
  /** It has ended before it is made where this is below 0. @default 2 */
  days?: number;
}

/** A certificate of a host, in files `NAME.pem` and `NAME.key`. */
export async function makeCertificate(
  name: string,
  { folder, by, names, days = 2 }: CertificateOptions,
): Promise<CertificateFiles> {
  const [certificate, key] = [`${folder}/${name}.pem`, `${folder}/${name}.key`];
  const [request, extensions] = [`${folder}/${name}.csr`, `${folder}/${name}.ext`];
  await Deno.writeTextFile(extensions, `subjectAltName=${names.join(",")}\nbasicConstraints=CA:FALSE\n`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl("req", ...curve, "-subj", `/CN=${name}`, "-keyout", key, "-out", request);
  const signed = ["-CA", by.certificate, "-CAkey", by.key, "-CAcreateserial", "-extfile", extensions];
  await openssl("x509", "-req", "-in", request, ...signed, "-days", `${days}`, "-out", certificate);
  return { certificate, key };
}

/** Why certificates cannot be made here; `undefined` if they can. */
export async function whyNoOpenssl(): Promise<string | undefined> {
  try {
    await openssl("version");
  } catch {
    return "openssl is not installed";
  }
}
