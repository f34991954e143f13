/** Turns the errors of node:net, node:tls and node:dns into errors of the catalogue. Pure. */
import { HitchpostError } from "../../core/errors.ts";

/** Why a TLS handshake failed, for the finding: each has another remedy. */
export type TlsReason =
  | "name_mismatch"
  | "expired"
  | "not_yet_valid"
  | "self_signed"
  | "untrusted"
  | "not_tls"
  | "starttls_missing"
  | "handshake";

const tlsReasons: Record<string, TlsReason> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "name_mismatch",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not_yet_valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "self_signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  CERT_UNTRUSTED: "untrusted",
  CERT_REVOKED: "untrusted",
  ERR_SSL_WRONG_VERSION_NUMBER: "not_tls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "not_tls",
};

const tlsSentences: Record<TlsReason, string> = {
  name_mismatch: "its certificate is for another name",
  expired: "its certificate has expired",
  not_yet_valid: "its certificate is not valid yet",
  self_signed: "its certificate is self-signed",
  untrusted: "its certificate is not from a known authority",
  not_tls: "it does not speak TLS at this port",
  starttls_missing: "it does not offer STARTTLS",
  handshake: "the TLS handshake failed",
};

export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The reason when this is an error of TLS, else null. */
export function tlsReasonOf(error: unknown): TlsReason | null {
  const code = codeOf(error);
  const known = tlsReasons[code];
  if (known !== undefined) return known;
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO" ? "handshake" : null;
}

/** `tls_failed` with `details.reason`. `where` is "host:port". */
export function tlsFailed(where: string, reason: TlsReason, cause?: unknown): HitchpostError {
  const details = cause === undefined ? { reason } : { reason, response: messageOf(cause).slice(0, 500) };
  return new HitchpostError("tls_failed", `${where}: ${tlsSentences[reason]}.`, { cause, details });
}

/**
 * Maps a socket, TLS or resolver error. Errors of the catalogue pass as they are.
 *
 * @param where "host:port", for the sentence
 */
export function networkError(error: unknown, where: string): HitchpostError {
  if (error instanceof HitchpostError) return error;
  const tlsReason = tlsReasonOf(error);
  if (tlsReason !== null) return tlsFailed(where, tlsReason, error);
  const options = { cause: error, details: { response: messageOf(error).slice(0, 500) } };
  switch (codeOf(error)) {
    case "ECONNREFUSED":
      return new HitchpostError("network_refused", `${where} refuses the connection.`, options);
    case "ETIMEDOUT":
      return new HitchpostError("network_timeout", `${where} does not answer.`, options);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "EADDRNOTAVAIL":
    case "EACCES":
      return new HitchpostError("network_unreachable", `There is no way to ${where}.`, options);
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ENODATA":
      return new HitchpostError("dns_failed", `The name of ${where} does not resolve.`, options);
    default:
      return new HitchpostError("connection_lost", `The connection to ${where} broke.`, options);
  }
}
