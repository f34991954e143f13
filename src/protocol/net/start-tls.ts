/** TLS over a socket that was dialed: at once, or after STARTTLS. */
import net from "node:net";
import tls from "node:tls";
import { HitchpostError } from "../../core/errors.ts";
import { Carrier } from "./carrier.ts";
import { networkError } from "./network-errors.ts";

export interface StartTlsOptions {
  /** SNI name, or an IP address (then the certificate must carry it and no SNI is sent). */
  host: string;
  /** "host:port", for the error's sentence. */
  where: string;
  signal?: AbortSignal | undefined;
  ca?: string | undefined;
}

/** A socket given up on may still report errors; whoever waited has been told already. */
const ignoreLate = (): void => undefined;

/** What tls.connect needs so that the certificate is checked against the name, never against the address dialed. */
export function tlsOptions(host: string, ca?: string): tls.ConnectionOptions {
  return {
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    secureContext: contextFor(ca),
    rejectUnauthorized: true,
  };
}

/**
 * Begins TLS over a dialed socket; `onSecure` is called when it stands. Of a write that a reset cut off it tells after its
 * "close", when nobody listens any more.
 */
export const tlsOver = (
  socket: net.Socket,
  { host, ca }: Pick<StartTlsOptions, "host" | "ca">,
  onSecure?: () => void,
): tls.TLSSocket => {
  const carrier = new Carrier(socket).on("error", ignoreLate);
  return tls.connect({ ...tlsOptions(host, ca), socket: carrier }, onSecure).on("error", ignoreLate);
};

/** By the extra authority, "" for none. One for all connections: each holds some 18 KB, as long as its connection idles. */
const contexts = new Map<string, tls.SecureContext>();
const mostContexts = 100;

function contextFor(ca: string | undefined): tls.SecureContext {
  const known = contexts.get(ca ?? "");
  if (known !== undefined) return known;
  const made = tls.createSecureContext({
    minVersion: "TLSv1.2",
    ...(ca !== undefined && { ca: [...tls.rootCertificates, ca] }),
  });
  if (contexts.size >= mostContexts) contexts.clear();
  contexts.set(ca ?? "", made);
  return made;
}

/** The handshake over a dialed socket. Throws tls_failed or connection_lost; the socket is destroyed then. */
export function startTls(socket: net.Socket, options: StartTlsOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tlsOver(socket, options);
    const settle = () => {
      options.signal?.removeEventListener("abort", onAbort);
      secure.off("error", fail);
      secure.off("close", onClose);
    };
    const fail = (error: unknown) => {
      settle();
      secure.on("error", ignoreLate).destroy();
      socket.on("error", ignoreLate).destroy();
      reject(error instanceof HitchpostError ? error : networkError(error, options.where));
    };
    const onClose = () => fail(new Error("closed during the TLS handshake"));
    const onAbort = () => fail(options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    secure.once("error", fail);
    secure.once("close", onClose);
    secure.once("secureConnect", () => {
      settle();
      resolve(secure);
    });
  });
}
