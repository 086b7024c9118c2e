/** A certificate authority for tests, and server certificates good and bad. Keys come from node:crypto, X.509 from
 *  node-forge. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import forge from "node-forge";

/** PEM as `tls.createServer` takes it: `cert` with the chain, `key`. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS names and IP addresses of the subjectAltName; localhost and the loopback addresses unless told otherwise. */
  readonly hosts?: readonly string[];
  readonly validity?: "valid" | "expired" | "not-yet-valid";
}

export interface TestAuthority {
  /** The authority's own certificate, PEM: what `upstream.caFile` holds. */
  readonly certificate: string;
  /** A server certificate signed by this authority. */
  issue(options?: CertificateOptions): Credentials;
}

export const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "::1"] as const;

/** A new authority; two of them do not trust each other, whatever their names are. */
export function createAuthority(name = "Test authority"): TestAuthority {
  const keys = generateKeys();
  const subject = [{ name: "commonName", value: name }];
  const certificate = build(keys, subject, "valid");
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  const pem = forge.pki.certificateToPem(certificate);
  return {
    certificate: pem,
    issue(options = {}) {
      const leaf = buildLeaf(options);
      leaf.certificate.setIssuer(subject);
      leaf.certificate.sign(keys.privateKey, forge.md.sha256.create());
      return credentials(leaf);
    },
  };
}

/** A server certificate that nobody vouches for but itself. */
export function selfSigned(options: CertificateOptions = {}): Credentials {
  const leaf = buildLeaf(options);
  leaf.certificate.sign(leaf.keys.privateKey, forge.md.sha256.create());
  return credentials(leaf);
}

/** All leaves share one key: making an RSA key is what takes time. */
let leafKeys: forge.pki.rsa.KeyPair | undefined;

interface Leaf {
  readonly keys: forge.pki.rsa.KeyPair;
  readonly certificate: forge.pki.Certificate;
}

function buildLeaf({ hosts = LOOPBACK_HOSTS, validity = "valid" }: CertificateOptions): Leaf {
  leafKeys ??= generateKeys();
  const keys = leafKeys;
  const certificate = build(keys, [{ name: "commonName", value: hosts[0] ?? "nobody" }], validity);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: hosts.map(alternativeName) },
  ]);
  return { keys, certificate };
}

function build(
  keys: forge.pki.rsa.KeyPair,
  subject: forge.pki.CertificateField[],
  validity: "valid" | "expired" | "not-yet-valid",
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  // Positive, and without a leading zero octet, which would be illegal padding half of the time.
  certificate.serialNumber = `40${randomBytes(8).toString("hex")}`;
  const [from, until] = DAYS[validity];
  certificate.validity.notBefore = daysFromNow(from);
  certificate.validity.notAfter = daysFromNow(until);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  return certificate;
}

/** subjectAltName types of RFC 5280 section 4.2.1.6: 2 is a DNS name, 7 an address. */
function alternativeName(host: string): { type: number; value?: string; ip?: string } {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };
}

function credentials({ keys, certificate }: Leaf): Credentials {
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}

function generateKeys(): forge.pki.rsa.KeyPair {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const key = forge.pki.privateKeyFromPem(privateKey);
  return { privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) };
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000);
}

const DAYS = { valid: [-1, 30], expired: [-30, -1], "not-yet-valid": [1, 30] } as const;
