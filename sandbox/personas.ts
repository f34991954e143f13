/**
 * The people of the sandbox, as data: every page, the sign-in, the claims and the mailboxes are made
 * from this list, so one more persona is one more entry.
 */

export type Persona = {
  /** Short and stable, used in file names and test ids. */
  id: string;
  /** Primary address and user principal name. */
  address: string;
  displayName: string;
  /** For the sign-in page, and for IMAP LOGIN where `acceptsPassword` says so. Not a secret. */
  password: string;
  /** The fixed object id (`oid`). */
  oid: string;
  /** The tenant (`tid`). */
  tid: string;
  kind: "personal" | "work";
  /** Language of the mailbox: its folder names and most of its messages. */
  language: "en" | "zh" | "de" | "ja" | "ar";
  /** Whether IMAP and SMTP take the password, which Microsoft itself does no longer. */
  acceptsPassword: boolean;
  /** What it will do, in one sentence, as shown on the sandbox's own page. */
  does: { en: string; zh: string };
};

/** The tenant of all personal accounts at Microsoft (id-token-claims-reference). */
export const consumerTenantId = "9188040d-6c67-4c5b-b112-36a304b66dad";

export const personas: readonly Persona[] = [
  {
    id: "well",
    address: "well@outlook.example",
    displayName: "Well Marlow",
    password: "sandbox",
    oid: "00000000-0000-0000-7e11-0a5b1c6f0001",
    tid: consumerTenantId,
    kind: "personal",
    language: "en",
    acceptsPassword: false,
    does: {
      en: "All is well: signs in, consents, and its mailbox in English works in every way.",
      zh: "一切正常：登录、授权均成功，英文邮箱的所有功能都可用。",
    },
  },
  {
    id: "other",
    address: "other@outlook.example",
    displayName: "Jana Other",
    password: "sandbox",
    oid: "00000000-0000-0000-7e11-0a5b1c6f0002",
    tid: consumerTenantId,
    kind: "personal",
    language: "de",
    acceptsPassword: false,
    does: {
      en: "Another account in the same browser, good for signing in as the wrong one; its folders have German names (“Gesendete Elemente”).",
      zh: "同一浏览器中的另一个账户，可用来演示“登录了错误的账户”；其文件夹为德文名称（“Gesendete Elemente”）。",
    },
  },
  {
    id: "password",
    address: "password@outlook.example",
    displayName: "Pat Word",
    password: "sandbox",
    oid: "00000000-0000-0000-7e11-0a5b1c6f0003",
    tid: consumerTenantId,
    kind: "personal",
    language: "en",
    acceptsPassword: true,
    does: {
      en: "Takes its password by IMAP LOGIN too, which Microsoft no longer does, so that mbsync and offlineimap can check the mailbox.",
      zh: "还接受以 IMAP LOGIN 方式用密码登录（微软已不再支持），便于用 mbsync 和 offlineimap 检验邮箱。",
    },
  },
];

/** The persona with this address, whatever its case and surrounding blanks; undefined if none. */
export function personaByAddress(address: string): Persona | undefined {
  const wanted = address.trim().toLowerCase();
  return personas.find((persona) => persona.address === wanted);
}

/** The persona with this object id; undefined if none. */
export function personaByOid(oid: string): Persona | undefined {
  return personas.find((persona) => persona.oid === oid);
}
