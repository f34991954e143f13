/** The sandbox's admin calls, as another person's mail program would be used: to send between personas and to look. */
import { sandboxFacts } from "./product.ts";

export interface SandboxMessage {
  uid: number;
  flags: string[];
  messageId: string | null;
  subject: string | null;
}

export interface SandboxFolder {
  name: string;
  messages: SandboxMessage[];
}

export async function sandboxAdmin(dataDir: string) {
  const { httpPort, adminToken } = await sandboxFacts(dataDir);
  const base = `http://127.0.0.1:${httpPort}/admin`;
  const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
  return {
    /** @returns the Message-ID it was given */
    send: async (mail: {
      from: string;
      to: string;
      subject: string;
      text: string;
      html?: string;
      inReplyTo?: string;
      references?: string[];
    }): Promise<string> => {
      const response = await fetch(`${base}/mail`, { method: "POST", headers, body: JSON.stringify(mail) });
      if (!response.ok) throw new Error(`the sandbox refused the mail: ${await response.text()}`);
      return ((await response.json()) as { messageId: string }).messageId;
    },
    /** Any other call, as sandbox/admin/admin.ts lists them. */
    call: async (path: string, body: object): Promise<void> => {
      const response = await fetch(`${base}/${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`the sandbox refused ${path}: ${await response.text()}`);
    },
    folders: async (address: string): Promise<SandboxFolder[]> => {
      const response = await fetch(`${base}/mailboxes/${address}`, { headers });
      const answer = (await response.json()) as SandboxFolder[] | { folders: SandboxFolder[] };
      return Array.isArray(answer) ? answer : answer.folders;
    },
  };
}
