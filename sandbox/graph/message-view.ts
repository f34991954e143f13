/** One message as Graph shows it; its bytes are read and taken apart only for properties that need them. */
import { createHash } from "node:crypto";
import { readAddresses } from "../mail/mime/addresses.ts";
import { decodeHeaderText } from "../mail/mime/encoded-words.ts";
import { headerValue, readHeaders } from "../mail/mime/headers.ts";
import type { Header } from "../mail/mime/headers.ts";
import type { Item } from "../mail/store/item-store.ts";
import type { MailStore } from "../mail/store/mail-store.ts";
import type { Traffic } from "../mail/traffic.ts";
import { folderId, messageId } from "./ids.ts";
import { bodyOf, plainText, readContent } from "./message-content.ts";
import type { Content } from "./message-content.ts";

export type ViewOptions = { immutableIds: boolean; body: "html" | "text" };

export class MessageView {
  readonly item: Item;
  readonly options: ViewOptions;
  readonly #store: MailStore;
  readonly #traffic: Traffic;
  #raw: Buffer | null = null;
  #headers: Header[] | null = null;
  #content: Content | null = null;

  constructor(item: Item, options: ViewOptions, store: MailStore, traffic: Traffic) {
    this.item = item;
    this.options = options;
    this.#store = store;
    this.#traffic = traffic;
  }

  get id(): string {
    return messageId(this.item, this.options.immutableIds);
  }

  get raw(): Buffer {
    return (this.#raw ??= this.#store.messages.raw(this.item.folderId, this.item.uid) ?? Buffer.alloc(0));
  }

  get headers(): Header[] {
    return (this.#headers ??= readHeaders(this.raw).headers);
  }

  get content(): Content {
    return (this.#content ??= readContent(this.raw));
  }

  header(name: string): string | null {
    const value = headerValue(this.headers, name);
    return value === null ? null : decodeHeaderText(value);
  }

  /** The body for a client, counted as handed out. */
  handOutBody(): { contentType: string; content: string } {
    this.#traffic.bodyHandedOut(this.item.mailboxId, this.item.id, "graph");
    const contentType = this.options.body;
    return { contentType, content: bodyOf(this.raw, this.content, contentType) };
  }

  /** For a reply made on the server, which hands nothing out. */
  quotedHtml(): string {
    return bodyOf(this.raw, this.content, "html");
  }

  /** The whole message for a client, counted as handed out. */
  handOutMime(): Buffer {
    this.#traffic.bodyHandedOut(this.item.mailboxId, this.item.id, "graph");
    return this.raw;
  }
}

type Emailed = { emailAddress: { name: string; address: string } };

/** A mailbox without a display name gets its address for one, as Exchange does. */
function recipients(view: MessageView, name: string): Emailed[] {
  return view.headers
    .filter((header) => header.name.toLowerCase() === name)
    .flatMap((header) => readAddresses(header.value))
    .map((address) => {
      const shown = decodeHeaderText(address.name);
      return { emailAddress: { name: shown === "" ? address.address : shown, address: address.address } };
    });
}

const isoSeconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function sentAt(view: MessageView): number {
  const date = Date.parse((view.header("date") ?? "").replaceAll(/\([^()]*\)/g, ""));
  return Number.isNaN(date) ? view.item.internalDate : date;
}

/** The oldest message that this one names, or itself: Exchange's conversations differ in detail. */
function conversationKey(view: MessageView): Buffer {
  const [root] = (view.header("references") ?? view.header("in-reply-to") ?? "").match(/<[^<>\s]+>/g) ?? [];
  const key = root ?? view.item.internetMessageId ?? `item ${view.item.id}`;
  return createHash("sha256").update(`${view.item.mailboxId} ${key}`).digest();
}

function importance(view: MessageView): string {
  const said = (view.header("importance") ?? view.header("x-priority") ?? "").toLowerCase();
  if (/^(high|1|2)/.test(said)) return "high";
  return /^(low|4|5)/.test(said) ? "low" : "normal";
}

function flag({ item }: MessageView): object {
  const { followUp } = item;
  if (item.flags.includes("\\Flagged")) {
    return { flagStatus: "flagged", ...(followUp?.status === "flagged" ? followUp.dates : {}) };
  }
  return followUp?.status === "complete"
    ? { flagStatus: "complete", ...followUp.dates }
    : { flagStatus: "notFlagged" };
}

const changeKey = (view: MessageView): string =>
  createHash("sha256")
    .update(`${view.item.id} ${view.item.change}`)
    .digest()
    .subarray(0, 22)
    .toString("base64");

export const etag = (view: MessageView): string => `W/"${changeKey(view)}"`;

type Property = (view: MessageView) => unknown;

/** https://learn.microsoft.com/graph/api/resources/message#properties, in the order in which Graph sends them. */
export const messageProperties: Record<string, Property> = {
  createdDateTime: ({ item }) => isoSeconds(item.internalDate),
  lastModifiedDateTime: ({ item }) => isoSeconds(item.changedAt),
  changeKey,
  categories: ({ item }) => item.categories,
  receivedDateTime: ({ item }) => isoSeconds(item.internalDate),
  sentDateTime: (view) => isoSeconds(sentAt(view)),
  hasAttachments: (view) => view.content.attachments.some((attachment) => !attachment.isInline),
  internetMessageId: ({ item }) => item.internetMessageId,
  subject: ({ item }) => item.subject ?? "",
  bodyPreview: (view) => plainText(view.raw, view.content).slice(0, 255),
  importance,
  parentFolderId: ({ item }) => folderId(item.mailboxId, item.folderId),
  conversationId: (view) => `AAQk${conversationKey(view).toString("base64url")}=`,
  conversationIndex: (view) =>
    Buffer.concat([Buffer.from([1]), conversationKey(view).subarray(0, 21)]).toString("base64"),
  isDeliveryReceiptRequested: () => null,
  isReadReceiptRequested: (view) => view.header("disposition-notification-to") !== null,
  isRead: ({ item }) => item.flags.includes("\\Seen"),
  isDraft: ({ item }) => item.flags.includes("\\Draft"),
  webLink: (view) =>
    `https://outlook.live.com/owa/?ItemID=${encodeURIComponent(view.id)}&exvsurl=1&viewmodel=ReadMessageItem`,
  inferenceClassification: () => "focused",
  internetMessageHeaders: (view) =>
    view.headers.map((header) => ({ name: header.name, value: decodeHeaderText(header.value) })),
  body: (view) => view.handOutBody(),
  uniqueBody: (view) => view.handOutBody(),
  sender: (view) => recipients(view, "sender")[0] ?? recipients(view, "from")[0] ?? null,
  from: (view) => recipients(view, "from")[0] ?? null,
  toRecipients: (view) => recipients(view, "to"),
  ccRecipients: (view) => recipients(view, "cc"),
  bccRecipients: (view) => recipients(view, "bcc"),
  replyTo: (view) => recipients(view, "reply-to"),
  flag,
};

/** Only handed out when they are asked for by name. */
const onlyOnRequest = new Set(["internetMessageHeaders", "uniqueBody"]);

/** The resource with the properties selected; null: all that come unasked. */
export function messageResource(
  view: MessageView,
  select: readonly string[] | null,
): Record<string, unknown> {
  const names = Object.keys(messageProperties).filter((name) =>
    select === null ? !onlyOnRequest.has(name) : select.includes(name),
  );
  const properties = names.map((name) => [name, messageProperties[name]?.(view)]);
  return { "@odata.etag": etag(view), id: view.id, ...Object.fromEntries(properties) };
}

/** MAPI properties by their tag, for singleValueExtendedProperties. */
export function extendedProperty(view: MessageView, id: string): string | null {
  const tag = /^(\w+)\s+0x0*([0-9a-f]+)$/i.exec(id.trim());
  switch (tag?.[2]?.toLowerCase()) {
    case "e08": // PidTagMessageSize
      return String(view.item.size);
    case "1035": // PidTagInternetMessageId
      return view.item.internetMessageId;
    case "1039": // PidTagInternetReferences
      return view.header("references");
    case "1042": // PidTagInReplyToId
      return view.header("in-reply-to");
    case "1081": // PidTagLastVerbExecuted: 102 is "reply to sender"
      return view.item.flags.includes("\\Answered") ? "102" : null;
    case "7d": // PidTagTransportMessageHeaders
      return view.headers.map((header) => `${header.name}: ${header.value}`).join("\r\n");
    case "e07": // PidTagMessageFlags: read 1, unsent 8, with attachments 16
      return String(
        (view.item.flags.includes("\\Seen") ? 1 : 0) +
          (view.item.flags.includes("\\Draft") ? 8 : 0) +
          (view.content.attachments.length > 0 ? 16 : 0),
      );
    default:
      return null;
  }
}
