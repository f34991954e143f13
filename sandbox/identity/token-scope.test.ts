import { describe, expect, test } from "vitest";
import { personas, type Persona } from "../personas.ts";
import { MicrosoftError } from "./microsoft-error.ts";
import { fullScopes, parseScopes } from "./scopes.ts";
import { judgeTokenScope } from "./token-scope.ts";

const [personal] = personas;
if (personal === undefined) throw new Error("there are no personas");
const work: Persona = { ...personal, kind: "work" };

const imap = "https://outlook.office.com/IMAP.AccessAsUser.All";
const graphMail = "https://graph.microsoft.com/Mail.ReadWrite";
const original = `openid offline_access ${imap} ${graphMail}`;
const consented = new Set(original.split(" "));

function numberOf(run: () => unknown): number | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof MicrosoftError) return error.number;
  }
  return undefined;
}

describe("reading scopes", () => {
  test("without an address means Graph; case does not matter; doubles vanish", () => {
    const scopes = parseScopes(
      `openid mail.readwrite Mail.ReadWrite ${imap.replace("IMAP", "imap")} nonsense`,
    );
    expect(fullScopes(scopes)).toEqual(["openid", graphMail, imap]);
    expect(scopes.unknown).toEqual(["nonsense"]);
  });

  test("IMAP with Graph's address is nobody's scope", () => {
    expect(parseScopes("https://graph.microsoft.com/IMAP.AccessAsUser.All").unknown).toHaveLength(1);
  });
});

describe("one resource a token", () => {
  test("nothing asked: the first resource of the first request", () => {
    const scope = judgeTokenScope(personal, null, original, consented);
    expect(scope).toMatchObject({
      audience: "https://outlook.office.com",
      names: ["IMAP.AccessAsUser.All"],
      text: imap,
    });
  });

  test("only OpenID scopes were ever asked for: Graph", () => {
    const scope = judgeTokenScope(personal, null, "openid profile", new Set(["openid", "profile"]));
    expect(scope).toMatchObject({ audience: "https://graph.microsoft.com", names: ["openid", "profile"] });
  });

  test("two asked for: 70011 for personal accounts, 28000 for work accounts", () => {
    const both = `${imap} ${graphMail}`;
    expect(numberOf(() => judgeTokenScope(personal, both, original, consented))).toBe(70011);
    expect(numberOf(() => judgeTokenScope(work, both, original, consented))).toBe(28000);
  });

  test("never consented to: 70000 and 65001", () => {
    expect(numberOf(() => judgeTokenScope(personal, "Mail.Send", original, consented))).toBe(70000);
    expect(numberOf(() => judgeTokenScope(work, "Mail.Send", original, consented))).toBe(65001);
  });
});
