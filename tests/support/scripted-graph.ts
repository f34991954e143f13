/**
 * A Microsoft Graph in memory, written from Microsoft's pages, for the judgement of `protocol/graph`: it answers `fetch`.
 * What may differ between servers is a switch: deltas that name only what changed, no `$batch`, MIME that is no base64.
 */
interface ScriptedMessage {
  id: string;
  folder: string;
  received: string;
  isRead: boolean;
  flagged: boolean;
  raw: string;
  hasAttachments: boolean;
  attachments: { id: string; name: string; size: number; content: string }[];
}

export interface Asked {
  method: string;
  /** Below the version. */
  path: string;
  token: string;
  prefer: string;
  body: string;
  inBatch: boolean;
}

type Change = { id: string; removed: boolean; only: object | null; folder: string };
interface Answer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

export const graphBase = "https://graph.standin.example/v1.0";

export class ScriptedGraph {
  readonly messages = new Map<string, ScriptedMessage>();
  readonly asked: Asked[] = [];
  readonly folders = ["inbox-id", "sent-id", "other-id"];
  readonly #changes: Change[] = [];
  /** Answers that are given once, in place of the right one: the first whose path fits. */
  readonly once: { fits: RegExp; answer: Answer; times: number }[] = [];
  /** Delta links from before this place are forgotten. */
  forgottenBefore = 0;
  pageSize = 1_000;
  takesBatch = true;
  plainMime = false;
  /** Of `$expand` for the size: told, passed over, or refused. */
  sizes: "told" | "untold" | "refused" = "untold";
  filters = true;
  token = "token-1";
  /** At once in work, and the most there ever were. */
  most = 0;
  #now = 0;
  #ids = 0;

  add(folder: string, received: string, more: Partial<ScriptedMessage> = {}): string {
    this.#ids += 1;
    const id = more.id ?? `m${this.#ids}/=`;
    const raw = `Subject: ${id}\r\nMessage-ID: <${id}@x>\r\n\r\nhello\r\n`;
    const plain = { isRead: false, flagged: false, raw, hasAttachments: false, attachments: [] };
    this.messages.set(id, { ...plain, ...more, id, folder, received });
    this.#changes.push({ id, removed: false, only: null, folder });
    return id;
  }

  /** @param whole the delta names all of it, not only what changed */
  change(id: string, set: { isRead?: boolean; flagged?: boolean }, whole = false): void {
    const message = this.messages.get(id)!;
    Object.assign(message, set);
    this.#changes.push({ id, removed: false, only: whole ? null : { id, ...set }, folder: message.folder });
  }

  remove(id: string): void {
    const { folder } = this.messages.get(id)!;
    this.messages.delete(id);
    this.#changes.push({ id, removed: true, only: null, folder });
  }

  move(id: string, folder: string): void {
    const message = this.messages.get(id)!;
    this.#changes.push({ id, removed: true, only: null, folder: message.folder });
    message.folder = folder;
    this.#changes.push({ id, removed: false, only: null, folder });
  }

  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    if (!url.startsWith(graphBase)) throw new TypeError(`another server was asked: ${url}`);
    const headers = new Headers(init.headers);
    const token = (headers.get("authorization") ?? "").replace("Bearer ", "");
    const body = typeof init.body === "string" ? init.body : "";
    const asked = {
      method: init.method ?? "GET",
      path: decodeURIComponent(url.slice(graphBase.length).replaceAll("+", " ")),
      token,
      prefer: headers.get("prefer") ?? "",
      body,
      inBatch: false,
    };
    this.asked.push(asked);
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#now -= 1;
    const answer = this.#answer(asked);
    const type = answer.json === undefined ? "text/plain" : "application/json";
    return new Response(answer.json === undefined ? (answer.text ?? null) : JSON.stringify(answer.json), {
      status: answer.status,
      headers: { "content-type": type, ...answer.headers },
    });
  };

  #answer(asked: Asked): Answer {
    const planned = this.once.find(({ fits, times }) => times > 0 && fits.test(asked.path));
    if (planned !== undefined) {
      planned.times -= 1;
      return planned.answer;
    }
    if (asked.token !== this.token) return refused(401, "InvalidAuthenticationToken");
    const [path = "", search = ""] = asked.path.split("?");
    if (path === "/$batch") return this.#batch(asked);
    const query = new Map(
      search.split("&").map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const local = path.replace(/^\/me/, "");
    const [, inFolder, rest = ""] = /^\/mailFolders\/([^/]+)(.*)$/.exec(local) ?? [];
    if (local === "/mailFolders/delta") return this.#folderDelta();
    if (inFolder !== undefined) return this.#folder(inFolder, rest, query);
    const [, id = "", what = ""] = /^\/messages\/(.+?)(\/\$value|\/move|\/attachments.*)?$/.exec(local) ?? [];
    return this.#message(id, what, asked);
  }

  #batch(asked: Asked): Answer {
    if (!this.takesBatch) return refused(404, "UnknownError");
    const { requests } = JSON.parse(asked.body) as {
      requests: {
        id: string;
        method: string;
        url: string;
        headers: Record<string, string>;
        body?: unknown;
      }[];
    };
    if (requests.length > 20) return refused(400, "BadRequest");
    const responses = requests.map(({ id, method, url, headers, body }) => {
      const part: Asked = {
        method,
        path: decodeURIComponent(url),
        token: asked.token,
        prefer: headers["Prefer"] ?? "",
        body: JSON.stringify(body ?? ""),
        inBatch: true,
      };
      this.asked.push(part);
      const { status, headers: told = {}, json, text } = this.#answer(part);
      const octets = text === undefined || this.plainMime ? text : Buffer.from(text).toString("base64");
      return { id, status, headers: told, body: json ?? octets };
    });
    return { status: 200, json: { responses: responses.reverse() } }; // in any order
  }

  #folderDelta(): Answer {
    const value = this.folders.map((id) => ({
      id,
      displayName: id,
      parentFolderId: "root",
      totalItemCount: this.#in(id).length,
    }));
    return {
      status: 200,
      json: { value, "@odata.deltaLink": `${graphBase}/me/mailFolders/delta?$deltatoken=f` },
    };
  }

  #in(folder: string): ScriptedMessage[] {
    return [...this.messages.values()].filter((message) => message.folder === folder);
  }

  #folder(name: string, rest: string, query: Map<string, string>): Answer {
    const id = { inbox: "inbox-id", sentitems: "sent-id" }[name] ?? name;
    if (!this.folders.includes(id)) return refused(404, "ErrorItemNotFound");
    if (rest === "") {
      const unreadItemCount = this.#in(id).filter(({ isRead }) => !isRead).length;
      return {
        status: 200,
        json: { id, displayName: id, totalItemCount: this.#in(id).length, unreadItemCount },
      };
    }
    return rest === "/messages/delta" ? this.#delta(id, query) : this.#list(id, query);
  }

  #delta(folder: string, query: Map<string, string>): Answer {
    const begun = query.get("$deltatoken") ?? query.get("$skiptoken");
    const [from, skip] = (begun ?? `0.0`).split(".").map(Number) as [number, number];
    if (begun !== undefined && from > 0 && from <= this.forgottenBefore)
      return refused(410, "syncStateNotFound");
    const isFirst = from === 0;
    const all: object[] = isFirst
      ? this.#in(folder).map(shown)
      : this.#changes.slice(from).flatMap((change) => this.#told(change, folder));
    const page = all.slice(skip, skip + this.pageSize);
    const here = `${graphBase}/me/mailFolders/${folder}/messages/delta`;
    const isLast = skip + this.pageSize >= all.length;
    return {
      status: 200,
      json: {
        value: page,
        ...(isLast
          ? { "@odata.deltaLink": `${here}?$deltatoken=${this.#changes.length}.0` }
          : { "@odata.nextLink": `${here}?$skiptoken=${from}.${skip + this.pageSize}` }),
      },
    };
  }

  #told({ id, removed, only, folder }: Change, of: string): object[] {
    if (folder !== of) return [];
    if (removed) return [{ id, "@removed": { reason: "deleted" } }];
    const message = this.messages.get(id);
    return message === undefined ? [] : [only ?? shown(message)];
  }

  #list(folder: string, query: Map<string, string>): Answer {
    const expands = query.has("$expand");
    if (expands && this.sizes === "refused") return refused(400, "ErrorInvalidUrlQuery");
    const told = (message: ScriptedMessage): object =>
      expands && this.sizes === "told" ? { ...shown(message), ...sizeOf(message) } : shown(message);
    const filter = this.filters ? (query.get("$filter") ?? "") : "";
    const le = /receivedDateTime le (\S+)/.exec(filter)?.[1];
    const ge = /receivedDateTime ge (\S+)/.exec(filter)?.[1];
    const all = this.#in(folder)
      .filter(({ received }) => (le === undefined || received <= le) && (ge === undefined || received >= ge))
      .sort((a, b) => b.received.localeCompare(a.received));
    const [top, skip] = [Number(query.get("$top") ?? 10), Number(query.get("$skip") ?? 0)];
    const more = skip + top < all.length;
    const next = `${graphBase}/me/mailFolders/${folder}/messages?$filter=${encodeURIComponent(filter)}&$top=${top}&$skip=${skip + top}`;
    return {
      status: 200,
      json: {
        "@odata.count": all.length,
        value: all.slice(skip, skip + top).map(told),
        ...(more && { "@odata.nextLink": next }),
      },
    };
  }

  #message(id: string, what: string, asked: Asked): Answer {
    const message = this.messages.get(id.split("?")[0] ?? "");
    if (message === undefined) return refused(404, "ErrorItemNotFound");
    if (what === "/$value") return { status: 200, text: message.raw };
    if (what === "/attachments")
      return { status: 200, json: { value: message.attachments.map(({ content: _octets, ...one }) => one) } };
    if (what.startsWith("/attachments/"))
      return {
        status: 200,
        text: message.attachments.find(({ id: one }) => what.includes(one))?.content ?? "",
      };
    if (what === "/move") {
      const { destinationId } = JSON.parse(asked.body) as { destinationId: string };
      if (!this.folders.includes(destinationId)) return refused(404, "ErrorItemNotFound");
      this.move(id, destinationId);
      return { status: 201, json: shown(message) };
    }
    if (asked.method === "PATCH") {
      const { isRead, flag } = JSON.parse(asked.body) as { isRead?: boolean; flag?: { flagStatus: string } };
      if (isRead !== undefined) this.change(id, { isRead });
      if (flag !== undefined) this.change(id, { flagged: flag.flagStatus === "flagged" });
    }
    return {
      status: 200,
      json: { ...shown(message), body: { contentType: "html", content: "<p>large</p>" } },
    };
  }
}

const shown = ({ id, received, isRead, flagged, hasAttachments }: ScriptedMessage): object => ({
  id,
  receivedDateTime: received,
  isRead,
  isDraft: false,
  hasAttachments,
  flag: { flagStatus: flagged ? "flagged" : "notFlagged" },
  internetMessageId: `<${id}@x>`,
  subject: id,
});

const sizeOf = ({ raw, attachments }: ScriptedMessage): object => {
  const size = attachments.reduce((sum, attachment) => sum + attachment.size, raw.length);
  return { singleValueExtendedProperties: [{ id: "Integer 0xe08", value: String(size) }] };
};

export const refused = (status: number, code: string, retryAfter?: string): Answer => ({
  status,
  json: { error: { code, message: `${code} it is` } },
  ...(retryAfter !== undefined && { headers: { "Retry-After": retryAfter } }),
});
