/** Personas with whom all goes well, in the ways it can. */

import { consumerTenantId, personaFrom, type Persona, type PersonaEntry } from "./persona.ts";

/** The three whose object ids were given out before the others had any. */
const first: Persona[] = [
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
    group: "well",
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
    group: "well",
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
    group: "well",
    does: {
      en: "Takes its password by IMAP LOGIN too, which Microsoft no longer does, so that mbsync and offlineimap can check the mailbox.",
      zh: "还接受以 IMAP LOGIN 方式用密码登录（微软已不再支持），便于用 mbsync 和 offlineimap 检验邮箱。",
    },
  },
];

const more: PersonaEntry[] = [
  {
    id: "work",
    displayName: "Wren Office",
    kind: "work",
    does: {
      en: "A work account with which all is well.",
      zh: "一切正常的工作账户。",
    },
  },
  {
    id: "no-email",
    displayName: "Noor Claimless",
    trouble: { hiddenClaims: ["email"] },
    does: {
      en: "Its token names no e-mail address, only the user name, as some accounts’ do; it connects all the same.",
      zh: "令牌中没有电子邮件地址，只有用户名（部分账户如此）；仍可正常连接。",
    },
  },
  {
    id: "upn",
    displayName: "Uma Principal",
    kind: "work",
    principal: "u.principal@corp.work.example",
    does: {
      en: "Its user name is not its address: IMAP takes both, SMTP the user name u.principal@corp.work.example alone.",
      zh: "用户名与邮箱地址不同：IMAP 两者皆可，SMTP 只接受用户名 u.principal@corp.work.example。",
    },
  },
  {
    id: "delegate",
    displayName: "Dele Gates",
    kind: "work",
    mayOpen: ["shared@work.example"],
    does: {
      en: "May open the shared mailbox shared@work.example and send from it.",
      zh: "有权打开共享邮箱 shared@work.example 并以其名义发信。",
    },
  },
];

export const wellPersonas: readonly Persona[] = [
  ...first,
  ...more.map((entry) => personaFrom(entry, "well")),
];
