/**
 * A persona for each AADSTS number at the step where Microsoft gives it, and for the answers without a number, so that
 * every answer of the reference can be had by choosing an account. Which step: facts of the reference, else of reports.
 */

import { personaFrom, type Persona, type SignInStep } from "./persona.ts";

type Kind = Persona["kind"];

const atAuthorize: [Kind, string[]][] = [
  ["personal", ["16000", "50020", "50034", "500200", "500201", "90027", "not-for-consumers"]],
  [
    "work",
    ["51004", "50055", "50056", "50057", "50126", "50072", "50079", "50158", "53000", "53001", "53002"],
  ],
  ["work", ["530032", "530034", "530035", "65001", "65006", "90095", "650052", "650056", "700016", "70001"]],
  ["work", ["consent-required"]],
  ["personal", ["server-error", "temporarily-unavailable"]],
];

const atRedeem: [Kind, string[]][] = [
  ["work", ["50074", "50078", "50132", "50133", "54005", "501481"]],
  ["work", ["28000", "700022", "700005", "90002", "90014", "90023", "9001023", "9002313", "9002326"]],
  ["personal", ["70000", "70008", "70011", "9002332", "9002346", "900561", "invented-kind"]],
];

const atRefresh: [Kind, string[]][] = [
  ["work", ["700084", "70000-interaction", "50058", "interaction-required", "login-required"]],
];

const atDevice: [Kind, string[]][] = [["personal", ["70018", "70019"]]];

const stepWords: Record<SignInStep, { en: string; zh: string }> = {
  authorize: { en: "at the sign-in page", zh: "登录页面" },
  redeem: { en: "when the code is redeemed", zh: "换取令牌时" },
  refresh: { en: "when the token is refreshed", zh: "刷新令牌时" },
  device: { en: "when a device asks for its token", zh: "设备轮询令牌时" },
};

function personasAt(at: SignInStep, rows: [Kind, string[]][]): Persona[] {
  return rows.flatMap(([kind, keys]) => keys.map((key) => codePersona(at, kind, key)));
}

function codePersona(at: SignInStep, kind: Kind, key: string): Persona {
  const name = /^\d/.test(key) ? `AADSTS${key.replace(/-.*/, "")}` : key.replaceAll("-", "_");
  const steps: SignInStep[] = at === "redeem" ? ["redeem", "device"] : [at];
  return personaFrom(
    {
      id: /^\d/.test(key) ? `aadsts${key}` : key,
      displayName: name.replaceAll("_", " "),
      kind,
      trouble: {
        signIn: steps.map((step) => ({ at: step, refusal: key })),
        ...(at === "refresh" ? { accessTokenSeconds: 120 } : {}),
      },
      does: { en: `Is refused with ${name} ${stepWords[at].en}.`, zh: `${stepWords[at].zh}返回 ${name}。` },
    },
    "codes",
  );
}

export const codePersonas: readonly Persona[] = [
  ...personasAt("authorize", atAuthorize),
  ...personasAt("redeem", atRedeem),
  ...personasAt("refresh", atRefresh),
  ...personasAt("device", atDevice),
];
