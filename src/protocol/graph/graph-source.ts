/** MailSource over Microsoft Graph v1.0 (learn.microsoft.com/graph/api/resources/mail-api-overview), assembled from the files beside it. */
import type { Clock } from "../../core/clock.ts";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { MailSource } from "../mail-source.ts";
import type { GraphLimiter } from "./limiter.ts";

/** What signs a request. `refused`: the access token that was just not taken; another one is wanted. */
export type AskGraphAuth = (refused?: string) => Promise<{ accessToken: string }>;

export type GraphFetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface GraphPlace {
  /** HITCHPOST_GRAPH_URL; `/v1.0` is added when its path names no version. */
  baseUrl: string;
  /** Principal name or id of a shared mailbox; left out: the mailbox of who signed in. */
  mailbox?: string;
}

export interface GraphConnection extends GraphPlace {
  /** A token for Graph. Asked before each request: it may have been renewed. */
  auth: AskGraphAuth;
  fetch: GraphFetch;
  clock: Clock;
  log: Log;
  /** The mailbox's one gate, shared by all its sources and its sender in this process; left out: one of its own. */
  limiter?: GraphLimiter;
  /** For one request, milliseconds; default 60 s. */
  requestMs?: number;
}

export interface GraphSourceOptions extends GraphConnection {
  /** Between two looks at Inbox while nothing is pushed; default 30 s. Other folders: four times as long. */
  pollMs?: number;
  /** The same while `pushed` says that notifications come; default 5 min. */
  pushedPollMs?: number;
  /** Whether change notifications are expected now. */
  pushed?: () => boolean;
}

const notYet = (): never => {
  throw new HitchpostError("internal", "Microsoft Graph is not read yet.");
};

/** Nothing is sent before `connect` or the first other call. */
export function createGraphSource(_options: GraphSourceOptions): MailSource {
  return {
    transport: "graph",
    connect: async () => notYet(),
    listFolders: async () => notYet(),
    head: async () => notYet(),
    tail: async () => notYet(),
    estimate: async () => notYet(),
    listAll: async () => notYet(),
    fetch: notYet,
    fetchPart: async () => notYet(),
    watch: notYet,
    peek: async () => notYet(),
    apply: async () => notYet(),
    findSent: async () => notYet(),
    close: async () => undefined,
  };
}
