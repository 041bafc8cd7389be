/**
 * The certificate that every listener over QUIC shows, and its key: the same everywhere, and no secret.
 *
 * QUIC cannot be spoken without a certificate, and Deno's caller takes a self-signed one only if it has it beforehand.
 * Nothing rests on it: what QUIC encrypts is taken for bytes in the clear, as a TCP connection's are, and the Noise
 * handshake inside proves who is there and keeps everything secret. A key of each peer's own would prove nothing more,
 * and could not be checked.
 *
 * It is valid from 1970 to 9999, since a site's clock may be wrong, and no authority's (`CA:FALSE`), as webpki wants it of
 * a certificate that is shown itself. Made by OpenSSL: `openssl ca -selfsign` with these dates, for a P-256 key.
 *
 * @module
 */

/** The name in it, by which the caller checks it; it is reserved so as never to be a host's (RFC 2606, section 2). */
export const SERVER_NAME = "quic.syncytium.invalid";

/** PEM. */
export const CERTIFICATE = `\
-----BEGIN CERTIFICATE-----
MIIBhDCCASugAwIBAgIBATAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZxdWljLnN5
bmN5dGl1bS5pbnZhbGlkMCAXDTcwMDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5
WjAhMR8wHQYDVQQDDBZxdWljLnN5bmN5dGl1bS5pbnZhbGlkMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAE5CtIYWV9cGyGovSipfxWafadnAu5BFG8NmX9jsDq27Jb
UWCi6Nxdii1wN262aCaeCO+6qXjd9YLysBqrGZDcraNSMFAwIQYDVR0RBBowGIIW
cXVpYy5zeW5jeXRpdW0uaW52YWxpZDAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBR9
CURpfBdhSmyarsRIzEQdJSzF1DAKBggqhkjOPQQDAgNHADBEAiAV9JYbp5IA76Nr
zpbh7ks4pSv2cTAMcdVX4cO5PBw6HwIgfsoSy2DJQ+aLfpYID5mB4gs8q70sGu15
vOUAutB0gmc=
-----END CERTIFICATE-----
`;

/** PEM, PKCS #8. */
export const KEY = `\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW85vuWZKcYP1QKr9
Q3QhTg+CIrODhJ5wO7/tCDlWhEqhRANCAATkK0hhZX1wbIai9KKl/FZp9p2cC7kE
Ubw2Zf2OwOrbsltRYKLo3F2KLXA3brZoJp4I77qpeN31gvKwGqsZkNyt
-----END PRIVATE KEY-----
`;
