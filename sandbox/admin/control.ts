/** The admin's hand on the mail fronts: what was asked of them, and what goes wrong at them. */
import type { ServerResponse } from "node:http";
import type { MailControl } from "../contract.ts";
import { replyJson } from "../http/reply.ts";
import type { AdminContext } from "./admin.ts";

type Look = (control: MailControl, mailboxId: number) => object;

const looks: Record<string, Look> = {
  "/admin/counters": (control, mailboxId) => control.counters(mailboxId),
  "/admin/faults": (control, mailboxId) => ({ faults: control.faults(mailboxId) }),
  "/admin/graph/subscriptions": (control, mailboxId) => ({ subscriptions: control.subscriptions(mailboxId) }),
  "/admin/graph/notifications": (control, mailboxId) => ({ notifications: control.notifications(mailboxId) }),
};

/** Answers `GET {look}/{address}`; false when the path is none of these. */
export function lookAt(admin: AdminContext, res: ServerResponse, path: string): boolean {
  const cut = path.lastIndexOf("/");
  const look = looks[path.slice(0, cut)];
  if (!look) return false;
  const found = opened(admin, decodeURIComponent(path.slice(cut + 1)));
  if (typeof found === "string") replyJson(res, 404, { error: found });
  else replyJson(res, 200, look(found.control, found.mailboxId));
  return true;
}

/** Carries out one of the control's changes; false when the path is none of them. */
export function changeFronts(admin: AdminContext, res: ServerResponse, path: string, body: unknown): boolean {
  const change = admin.control()?.changes[path];
  if (!change) return false;
  const address: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, "address") : undefined;
  const found = opened(admin, typeof address === "string" ? address : "");
  const problem = typeof found === "string" ? found : change(found.mailboxId, body);
  if (typeof problem === "string") replyJson(res, typeof found === "string" ? 404 : 400, { error: problem });
  else replyJson(res, 200, { done: true });
  return true;
}

function opened(admin: AdminContext, address: string): { control: MailControl; mailboxId: number } | string {
  const control = admin.control();
  const mailboxId = admin.mailStore()?.mailboxId?.(address) ?? null;
  if (control === undefined) return "mail does not run";
  return mailboxId === null ? "no persona has this address" : { control, mailboxId };
}
