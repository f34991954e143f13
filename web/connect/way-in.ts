/** How mail comes, as it is asked for in the wizard. */
import type { Transport } from "../api/gen/model/index.ts";

/** `automatic`: IMAP first, then what is open. */
export type WayIn = "automatic" | Transport;

export const waysIn = ["automatic", "imap", "graph", "pop3"] as const satisfies readonly WayIn[];

/** What the server is asked for: left out where it chooses. */
export const asTransport = (way: WayIn): { transport?: Transport } =>
  way === "automatic" ? {} : { transport: way };
