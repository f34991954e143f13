/** Where the server listens, and by which addresses it is reached there. */
import net, { isIPv6 } from "node:net";
import { HitchpostError } from "../core/errors.ts";
import type { Api } from "../api/server.ts";

const everywhere = new Set(["0.0.0.0", "::"]);
const loopback = new Set(["localhost", "127.0.0.1", "::1"]);

const urlOf = (host: string, port: number): string => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** Where commands on this machine reach it. */
export const localUrl = (host: string, port: number): string =>
  urlOf(everywhere.has(host) || host === "localhost" ? "127.0.0.1" : host, port);

/** Where people open it unless told otherwise: `localhost`, which Microsoft takes too, wherever that leads here. */
export const defaultPublicUrl = (host: string, port: number): string =>
  urlOf(everywhere.has(host) || loopback.has(host) ? "localhost" : host, port);

/** @param setting the port's name. @throws config_invalid naming the setting that does not fit this machine */
export async function listen(
  api: Pick<Api, "listen">,
  host: string,
  port: number,
  setting = "HITCHPOST_PORT",
): Promise<void> {
  try {
    await api.listen({ host, port });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, { host, port, setting });
  }
}

interface Place {
  host: string;
  port: number;
  setting: string;
}

function listenError(error: NodeJS.ErrnoException, { host, port, setting }: Place): Error {
  const refused = (sentence: string): HitchpostError =>
    new HitchpostError("config_invalid", sentence, { cause: error });
  switch (error.code) {
    case "EADDRINUSE":
      return refused(`${setting}: port ${port} is in use by another program.`);
    case "EACCES":
      return refused(`${setting}: port ${port} is for root only; take one from 1024 on.`);
    case "EADDRNOTAVAIL":
      return refused(`HITCHPOST_HOST: ${host} is no address of this machine.`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return refused(`HITCHPOST_HOST: the name ${host} does not resolve.`);
    default:
      return error;
  }
}

/**
 * The port to listen on, tried before anything is started that would have to be stopped again; for 0 one that is free
 * now, since the sandbox must know it before we listen.
 *
 * @throws config_invalid as `listen`
 */
export function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", (error) => reject(listenError(error, { host, port, setting: "HITCHPOST_PORT" })));
    probe.listen(port, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
