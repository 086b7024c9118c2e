/** What went wrong on the way to an upstream, in words that say what to do. */
import { errorText, systemErrorCode } from "../core/errors.ts";
import type { Failure, Target } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";

export class UpstreamFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.name = "UpstreamFailure";
    this.failure = failure;
  }
}

/** Translates an error of name resolution, TCP or TLS. */
export function failureOf(error: unknown, target: Target): Failure {
  if (error instanceof UpstreamFailure) return error.failure;
  const code = systemErrorCode(error) ?? "";
  const place = `${target.host} port ${target.port}`;
  if (code === "ENOTFOUND" || code === "EAI_NONAME" || code === "EAI_FAIL" || code === "ENODATA") {
    return { code: "unknown-host", detail: `${target.host} is not known; check the server's name` };
  }
  if (code === "EAI_AGAIN") return { code: "unknown-host", detail: `${target.host} can not be looked up just now` };
  if (code === "ECONNREFUSED") return { code: "refused", detail: `${place} refuses connections; check the port` };
  if (code === "ETIMEDOUT") return { code: "timeout", detail: `${place} does not answer` };
  if (code === "ENETUNREACH" || code === "EHOSTUNREACH" || code === "EADDRNOTAVAIL") {
    return { code: "unreachable", detail: `${place} can not be reached from here` };
  }
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0], target);
  if (CERTIFICATE_CODES.has(code)) {
    const text = CERTIFICATE_CODES.get(code) ?? code;
    return { code: "certificate", detail: `the certificate of ${place} is not accepted: ${text}` };
  }
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") {
    return { code: "tls", detail: `${place} does not speak TLS as required; is ;starttls or another port meant?` };
  }
  if (code === "ECONNRESET" || code === "EPIPE") return { code: "reset", detail: `${place} closed the connection` };
  return { code: "unreachable", detail: `${place}: ${sanitize(errorText(error), 200)}` };
}

const PRIVATE_CA = "it is signed by an authority unknown here (upstream.caFile adds one)";

/** Verification errors of OpenSSL and Node, in words. */
const CERTIFICATE_CODES: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "it has expired"],
  ["CERT_NOT_YET_VALID", "it is not valid yet"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "it is for another host name"],
  ["ERR_TLS_CERT_ALTNAME_FORMAT", "its host names are malformed"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "it is self-signed (upstream.caFile adds authorities)"],
  ["SELF_SIGNED_CERT_IN_CHAIN", PRIVATE_CA],
  ["UNABLE_TO_GET_ISSUER_CERT", PRIVATE_CA],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", PRIVATE_CA],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", PRIVATE_CA],
  ["CERT_SIGNATURE_FAILURE", "its signature is wrong"],
  ["CERT_REVOKED", "it is revoked"],
  ["CERT_UNTRUSTED", "its authority is not trusted"],
  ["CERT_REJECTED", "its authority rejects this use"],
  ["CERT_CHAIN_TOO_LONG", "its chain is too long"],
  ["INVALID_CA", "one of its issuers is not an authority"],
  ["INVALID_PURPOSE", "it is not meant for servers"],
  ["PATH_LENGTH_EXCEEDED", "its chain is longer than its authority permits"],
  ["HOSTNAME_MISMATCH", "it is for another host name"],
  ["CA_MD_TOO_WEAK", "it is signed with a weak digest"],
  ["EE_KEY_TOO_SMALL", "its key is too small"],
  ["CA_KEY_TOO_SMALL", "its authority's key is too small"],
]);
