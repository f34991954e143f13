/** Permissions that are not given, or only by an administrator; and those that end later. */

import { personaFrom, type Persona, type PersonaEntry, type SignInTrouble, type Trouble } from "./persona.ts";

const work = { kind: "work" } as const;

/** Whatever way the permission is asked for: by browser, by device code, and later by refresh token. */
const always = (refusal: string): SignInTrouble[] => [
  { at: "redeem", refusal },
  { at: "device", refusal },
  { at: "refresh", refusal },
];

const permissions: PersonaEntry[] = [
  {
    ...work,
    id: "admin-consent",
    displayName: "Ada Approval",
    trouble: { signIn: [{ at: "authorize", refusal: "90094" }] },
    does: {
      en: "Its organization lets only an administrator consent (AADSTS90094); once one has, by the link for administrators, it signs in.",
      zh: "其组织只允许管理员授权（AADSTS90094）；管理员通过管理员链接授权后即可登录。",
    },
  },
  {
    id: "declined",
    displayName: "Declan No",
    does: {
      en: "Press “Cancel” on the page of permissions: the application is told that they were declined.",
      zh: "请在权限页面点击“取消”：应用会得知授权被拒绝。",
    },
  },
  {
    ...work,
    id: "mfa",
    displayName: "Mfanwy Factor",
    trouble: { signIn: always("50076") },
    does: {
      en: "The administrator has changed the rules: a second factor is wanted (AADSTS50076).",
      zh: "管理员更改了策略：需要多重身份验证（AADSTS50076）。",
    },
  },
  {
    ...work,
    id: "conditional",
    displayName: "Connie Access",
    trouble: { signIn: always("53003") },
    does: {
      en: "Blocked by a Conditional Access policy (AADSTS53003).",
      zh: "被条件访问策略阻止（AADSTS53003）。",
    },
  },
  {
    ...work,
    id: "unassigned",
    displayName: "Una Signed",
    trouble: { signIn: [{ at: "authorize", refusal: "50105" }] },
    does: {
      en: "Is not assigned to the application by its administrator (AADSTS50105).",
      zh: "管理员未将该用户分配给此应用（AADSTS50105）。",
    },
  },
];

/** Connect well; once the first access token has ended, the permission turns out to be gone. */
const gone = (refusal: string): Trouble => ({
  signIn: [{ at: "refresh", refusal }],
  accessTokenSeconds: 120,
});

const later: PersonaEntry[] = [
  {
    ...work,
    id: "expired",
    displayName: "Exa Pired",
    trouble: gone("700082"),
    does: {
      en: "Connects, and after two minutes its permission has expired (AADSTS700082).",
      zh: "可以连接，两分钟后授权过期（AADSTS700082）。",
    },
  },
  {
    ...work,
    id: "revoked",
    displayName: "Rev Oked",
    trouble: gone("50173"),
    does: {
      en: "Connects, and after two minutes its permission has been revoked: the password was changed (AADSTS50173).",
      zh: "可以连接，两分钟后因更改密码授权被撤销（AADSTS50173）。",
    },
  },
  {
    ...work,
    id: "frequency",
    displayName: "Freya Quent",
    trouble: gone("70043"),
    does: {
      en: "Connects, and after two minutes its organization wants a new sign-in (AADSTS70043).",
      zh: "可以连接，两分钟后其组织要求重新登录（AADSTS70043）。",
    },
  },
  {
    ...work,
    id: "mfa-later",
    displayName: "Mia Later",
    trouble: gone("50076"),
    does: {
      en: "Connects, and after two minutes a second factor is wanted (AADSTS50076).",
      zh: "可以连接，两分钟后要求多重身份验证（AADSTS50076）。",
    },
  },
];

export const permissionPersonas: readonly Persona[] = [
  ...permissions.map((entry) => personaFrom(entry, "permission")),
  ...later.map((entry) => personaFrom(entry, "later")),
];
