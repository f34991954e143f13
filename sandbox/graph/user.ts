/** The signed-in person. https://learn.microsoft.com/graph/api/user-get */
import { accountId } from "./authorize.ts";
import type { GraphAnswer, OpenMailbox } from "./call.ts";

export function getUser({ context, owner, call }: OpenMailbox): GraphAnswer {
  const [givenName = "", ...rest] = owner.displayName.split(" ");
  const all: Record<string, unknown> = {
    userPrincipalName: owner.principal ?? owner.address,
    id: accountId(owner),
    displayName: owner.displayName,
    surname: rest.join(" "),
    givenName,
    preferredLanguage: { en: "en-US", zh: "zh-CN", de: "de-DE", ja: "ja-JP", ar: "ar-SA" }[owner.language],
    mail: owner.address,
    mobilePhone: null,
    jobTitle: null,
    officeLocation: null,
    businessPhones: [],
  };
  const select = call.query
    .get("$select")
    ?.split(",")
    .map((name) => name.trim());
  const shown = Object.entries(all).filter(([name]) => select === undefined || select.includes(name));
  const metadata = `${context.graphUrl}/v1.0/$metadata#users/$entity`;
  return { status: 200, body: { "@odata.context": metadata, ...Object.fromEntries(shown) } };
}
