/**
 * The one way out for connections that a user can cause. Resolves a name once, checks every address, and dials the
 * checked address itself with the name as SNI (RFC 6066 3): a name that resolves differently a moment later gains nothing.
 */
import { lookup } from "node:dns/promises";
import net from "node:net";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import { classifyAddress, mailPorts, refusal } from "./address-rules.ts";
import { networkError } from "./network-errors.ts";
import { startTls } from "./start-tls.ts";

export interface HostPort {
  host: string;
  port: number;
}

export interface DialerOptions {
  /** HITCHPOST_ALLOW_PRIVATE_HOSTS: loopback (any port) and private addresses may be dialed. */
  allowPrivateHosts: boolean;
  /** Servers from the operator's configuration, and the sandbox: not checked. */
  exempt?: readonly HostPort[];
  /** Every address of a name; for tests. Default: the system's resolver. */
  resolve?: (host: string) => Promise<string[]>;
  /** Default: the mail ports. */
  allowedPorts?: readonly number[];
  /** IPv4 alone, to tell a broken IPv6 from a server that is away; a name that has not both kinds is refused (dns_failed). */
  ipv4Only?: boolean;
}

export interface DialRequest extends HostPort {
  /** `tls`: the handshake is done too. For STARTTLS dial with `none` and call `startTls`. */
  tls: "none" | "tls";
  /** SNI and the name that the certificate must fit; default: `host`. */
  servername?: string;
  /** For all of resolving, connecting and the handshake, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** PEM of an extra authority, for tests and private servers. */
  ca?: string;
}

export interface Dialed {
  socket: net.Socket;
  /** The address in use. */
  address: string;
  loopback: boolean;
}

export interface Dialer {
  /** Throws dns_failed, host_not_allowed, network_refused, network_timeout, network_unreachable, tls_failed. */
  dial(request: DialRequest): Promise<Dialed>;
  /** Resolves and checks without dialing: for forms. Throws dns_failed or host_not_allowed. */
  assertAllowed(host: string, port: number): Promise<void>;
  /** The addresses that would be dialed, in that order. Throws dns_failed or host_not_allowed. */
  addresses(host: string, port: number): Promise<string[]>;
}

/** An address that does not answer must not eat the time of the next one: a dead IPv6 route looks like a time-out. */
const firstTryMs = 3_000;

/** Silence after which the system asks whether the other side is still there: a router may have forgotten an idle connection. */
const keepAliveAfterMs = 5_000;

const systemResolve = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true, order: "verbatim" })).map((entry) => entry.address);

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");

export function createDialer(options: DialerOptions): Dialer {
  const rules = {
    allowPrivateHosts: options.allowPrivateHosts,
    allowedPorts: options.allowedPorts ?? mailPorts,
  };
  const exempt = new Set(
    (options.exempt ?? []).map(({ host, port }) => `${bare(host).toLowerCase()} ${port}`),
  );
  const resolve = options.resolve ?? systemResolve;

  /** The addresses that may be dialed, IPv6 first. One refused address refuses the name: it is no honest mail server's. */
  async function checkedAddresses(host: string, port: number): Promise<string[]> {
    const addresses = await resolved(resolve, host, port);
    if (!exempt.has(`${host.toLowerCase()} ${port}`)) {
      for (const address of addresses) {
        const why = refusal(address, port, rules);
        if (why !== null) throw notAllowed(host, port, address, why);
      }
    }
    const sorted = addresses.toSorted((a, b) => Number(net.isIPv4(a)) - Number(net.isIPv4(b)));
    return options.ipv4Only === true ? foursOf(sorted, host) : sorted;
  }

  return {
    async dial(request) {
      const host = bare(request.host);
      const where = `${host}:${request.port}`;
      const work = async (signal: AbortSignal): Promise<Dialed> => {
        const addresses = await checkedAddresses(host, request.port);
        const { socket, address } = await firstThatAnswers(addresses, request.port, where, signal);
        const servername = request.servername ?? host;
        const ready =
          request.tls === "tls"
            ? await startTls(socket, { host: servername, where, signal, ca: request.ca })
            : socket;
        return { socket: ready, address, loopback: classifyAddress(address) === "loopback" };
      };
      return withDeadline(request.timeoutMs, `Connecting to ${where}`, work, request.signal);
    },
    async assertAllowed(host, port) {
      await checkedAddresses(bare(host), port);
    },
    addresses: (host, port) => checkedAddresses(bare(host), port),
  };
}

function foursOf(addresses: string[], host: string): string[] {
  const fours = addresses.filter((address) => net.isIPv4(address));
  if (fours.length > 0 && fours.length < addresses.length) return fours;
  throw new HitchpostError("dns_failed", `The name ${host} has addresses of one kind alone.`);
}

const notAllowed = (host: string, port: number, address: string, why: string): HitchpostError =>
  new HitchpostError("host_not_allowed", `${host}:${port} (${address}) ${why}.`, {
    details: { host, port, address },
  });

async function resolved(
  resolve: (host: string) => Promise<string[]>,
  host: string,
  port: number,
): Promise<string[]> {
  if (net.isIP(host) !== 0) return [host];
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw new HitchpostError("dns_failed", `The name ${host} does not resolve.`, {
      cause: error,
      details: { host, port },
    });
  }
  throw new HitchpostError("dns_failed", `The name ${host} has no address.`, { details: { host, port } });
}

async function firstThatAnswers(addresses: string[], port: number, where: string, signal: AbortSignal) {
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    signal.throwIfAborted();
    const last = index === addresses.length - 1;
    try {
      return { socket: await connectTcp(address, port, last ? null : firstTryMs, signal), address };
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw networkError(failure, where);
}

function connectTcp(
  address: string,
  port: number,
  timeoutMs: number | null,
  signal: AbortSignal,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: address,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveAfterMs,
    });
    const timer =
      timeoutMs === null
        ? undefined
        : setTimeout(() => fail(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", fail);
    };
    const fail = (error: Error) => {
      settle();
      socket.on("error", ignoreLate).destroy();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
  });
}

/** A socket given up on may still report errors; whoever waited has been told already. */
const ignoreLate = (): void => undefined;
