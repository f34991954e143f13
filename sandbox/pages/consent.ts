/** What the application asks for, in plain words, with Accept and Cancel. */

import type { Persona } from "../personas.ts";
import { html, type Html } from "./html.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { fill, permissionText, wordsOf } from "./text.ts";

export type ConsentPage = PageContext & { app: string; account: Persona; scopes: string[] };

export function consentPage(page: ConsentPage): string {
  const title = fill(wordsOf(page.language).consentTitle, { app: page.app });
  return layout({
    ...page,
    title,
    body: (words) =>
      html`<div class="as">${avatar(page.account.displayName)}<span>${page.account.address}</span></div>
        <h1>${title}</h1>
        <p class="lead">
          <span class="tag">${words.unverified}</span> ${fill(words.consentLead, { app: page.app })}
        </p>
        ${permissionList(page)}
        <p class="note">${fill(words.consentNote, { app: page.app })}</p>
        <form method="post">
          <div class="actions">
            <button class="btn" name="action" value="cancel">${words.cancel}</button>
            <button class="btn primary" name="action" value="accept">${words.accept}</button>
          </div>
        </form>`,
  });
}

/** The same for an administrator, who consents for everybody of the organization. */
export function adminConsentPage(page: Omit<ConsentPage, "account">): string {
  const title = fill(wordsOf(page.language).adminConsentTitle, { app: page.app });
  return layout({
    ...page,
    title,
    body: (words) =>
      html`<h1>${title}</h1>
        <p class="lead">${fill(words.adminConsentLead, { app: page.app })}</p>
        ${permissionList(page)}
        <form method="post">
          <div class="actions">
            <button class="btn" name="action" value="cancel">${words.cancel}</button>
            <button class="btn primary" name="action" value="accept">${words.accept}</button>
          </div>
        </form>`,
  });
}

function permissionList({ scopes, language }: Pick<ConsentPage, "scopes" | "language">): Html {
  const permissions = scopes.flatMap((scope) => permissionText(scope, language) ?? []);
  return html`<ul class="permissions">
    ${permissions.map(({ title, detail }) => html`<li><strong>${title}</strong><span class="muted">${detail}</span></li>`)}
  </ul>`;
}
