/** What Graph offers below `/me` and `/users/{id}`, as a table. */
import { getAttachment, getAttachmentBytes, listAttachments } from "./attachments.ts";
import type { Permission } from "./authorize.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import { foldersDelta, messagesDelta } from "./delta.ts";
import { addAttachment, createDraft, createReply, deleteAttachment, patchMessage } from "./drafts.ts";
import { createFolder, deleteFolder, getFolder, listFolders, moveFolder, patchFolder } from "./folders.ts";
import { copyMessage, deleteMessage, moveMessage, permanentlyDelete } from "./message-changes.ts";
import { countMessages, getMessage, getMime, listMessages } from "./message-lists.ts";
import { sendDraft, sendMail } from "./sending.ts";
import { createUploadSession } from "./uploads.ts";
import { getUser } from "./user.ts";

export type Handler = (mailbox: OpenMailbox, parameters: string[]) => GraphAnswer | Promise<GraphAnswer>;

export type Route = {
  method: string;
  /** Segments below the mailbox; those that begin with `:` are parameters. */
  path: string[];
  permission: Permission;
  handle: Handler;
};

const route = (method: string, path: string, permission: Permission, handle: Handler): Route => ({
  method,
  path: path === "" ? [] : path.split("/"),
  permission,
  handle,
});

/** The first that fits answers, so literals stand before parameters. */
export const routes: readonly Route[] = [
  route("GET", "", "profile", getUser),
  route("GET", "mailFolders", "read", listFolders),
  route("POST", "mailFolders", "write", createFolder),
  route("GET", "mailFolders/delta", "read", foldersDelta),
  route("GET", "mailFolders/:folder", "read", getFolder),
  route("PATCH", "mailFolders/:folder", "write", patchFolder),
  route("DELETE", "mailFolders/:folder", "write", deleteFolder),
  route("POST", "mailFolders/:folder/move", "write", moveFolder),
  route("GET", "mailFolders/:folder/childFolders", "read", listFolders),
  route("POST", "mailFolders/:folder/childFolders", "write", createFolder),
  route("GET", "mailFolders/:folder/messages", "read", listMessages),
  route("POST", "mailFolders/:folder/messages", "write", createDraft),
  route("GET", "mailFolders/:folder/messages/delta", "read", messagesDelta),
  route("GET", "mailFolders/:folder/messages/$count", "read", countMessages),
  ...["", "mailFolders/:folder/"].flatMap((above) => oneMessage(`${above}messages/:message`, above !== "")),
  route("GET", "messages", "read", listMessages),
  route("POST", "messages", "write", createDraft),
  route("POST", "sendMail", "send", sendMail),
  route("GET", "messages/$count", "read", countMessages),
];

/** The routes of a single message, which may be named with its folder too. */
function oneMessage(path: string, inFolder: boolean): Route[] {
  const turned =
    (handle: Handler): Handler =>
    (mailbox, [first = "", second = "", ...rest]) =>
      handle(mailbox, inFolder ? [second, first, ...rest] : [first]);
  const whole =
    (handle: Handler): Handler =>
    (mailbox, parameters) =>
      handle(mailbox, inFolder ? parameters.slice(1) : parameters);
  return [
    route("GET", path, "read", turned(getMessage)),
    route("PATCH", path, "write", turned(patchMessage)),
    route("DELETE", path, "write", turned(deleteMessage)),
    route("GET", `${path}/$value`, "read", turned(getMime)),
    route("POST", `${path}/move`, "write", turned(moveMessage)),
    route("POST", `${path}/copy`, "write", turned(copyMessage)),
    route("POST", `${path}/permanentDelete`, "write", whole(permanentlyDelete)),
    route("POST", `${path}/send`, "send", whole(sendDraft)),
    route("POST", `${path}/createReply`, "write", whole(createReply("reply"))),
    route("POST", `${path}/createReplyAll`, "write", whole(createReply("replyAll"))),
    route("POST", `${path}/createForward`, "write", whole(createReply("forward"))),
    route("POST", `${path}/attachments`, "write", whole(addAttachment)),
    route("POST", `${path}/attachments/createUploadSession`, "write", whole(createUploadSession)),
    route("DELETE", `${path}/attachments/:attachment`, "write", whole(deleteAttachment)),
    route("GET", `${path}/attachments`, "read", whole(listAttachments)),
    route("GET", `${path}/attachments/:attachment`, "read", whole(getAttachment)),
    route("GET", `${path}/attachments/:attachment/$value`, "read", whole(getAttachmentBytes)),
  ];
}

/** The parameters when the route fits, null when it does not. */
export function fits({ path }: Route, segments: readonly string[]): string[] | null {
  if (path.length !== segments.length) return null;
  const parameters: string[] = [];
  for (const [index, part] of path.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) parameters.push(segment);
    else if (part.toLowerCase() !== segment.toLowerCase()) return null;
  }
  return parameters;
}
