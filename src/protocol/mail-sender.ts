/** The one interface of smtp and graph for sending. */
export interface Envelope {
  from: string;
  to: string[];
}

export interface SendReceipt {
  /** The server's last line, e.g. "250 2.0.0 OK <…> [Hostname=…]". */
  response: string;
  /** Where the server tells under which name its Sent copy stands: the source's key, and its Message-ID with angle brackets. */
  copy?: { key: string; messageId: string | null };
}

/** Called before DATA (Graph: before the draft) and before the final dot (before the draft is sent): throws `fence_lost` when this process may no longer send. */
export type SendGate = (stage: "data" | "dot") => Promise<void> | void;

export interface MailSender {
  /** Logs in and says goodbye: proves that sending works without sending. */
  verify(signal?: AbortSignal): Promise<void>;
  /**
   * Hands the message over once, to all recipients or to none.
   * Throws `send_rejected` (for good), `send_unclear` (connection lost after the final dot: may have left),
   * or another catalogue error when it certainly did not leave.
   */
  send(raw: Uint8Array, envelope: Envelope, gate: SendGate, signal?: AbortSignal): Promise<SendReceipt>;
  close(): Promise<void>;
}
