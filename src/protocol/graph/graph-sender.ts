/** MailSender over Microsoft Graph: a draft from MIME, then `/send`, so that the id of the Sent copy is known. */
import { HitchpostError } from "../../core/errors.ts";
import type { MailSender } from "../mail-sender.ts";
import type { GraphConnection } from "./client.ts";

export interface GraphSenderOptions extends GraphConnection {
  /** The mailbox's own address: with another From the mail goes out as JSON, since MIME loses it. */
  address?: string;
}

const notYet = (): never => {
  throw new HitchpostError("internal", "Microsoft Graph does not send yet.");
};

/** Nothing is sent before `verify` or `send`. */
export function createGraphSender(_options: GraphSenderOptions): MailSender {
  return { verify: async () => notYet(), send: async () => notYet(), close: async () => undefined };
}
