/** What the application asks for, in plain words, with Accept and Cancel. */

import type { Persona } from "../personas.ts";
import { html } from "./html.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { fill, permissionText, wordsOf } from "./text.ts";

export type ConsentPage = PageContext & { app: string; account: Persona; scopes: string[] };

export function consentPage(page: ConsentPage): string {
  const title = fill(wordsOf(page.language).consentTitle, { app: page.app });
  const permissions = page.scopes.flatMap((scope) => permissionText(scope, page.language) ?? []);
  return layout({
    ...page,
    title,
    body: (words) =>
      html`<div class="as">${avatar(page.account.displayName)}<span>${page.account.address}</span></div>
        <h1>${title}</h1>
        <p class="lead">
          <span class="tag">${words.unverified}</span> ${fill(words.consentLead, { app: page.app })}
        </p>
        <ul class="permissions">
          ${permissions.map(({ title: name, detail }) => html`<li><strong>${name}</strong><span class="muted">${detail}</span></li>`)}
        </ul>
        <p class="note">${fill(words.consentNote, { app: page.app })}</p>
        <form method="post">
          <div class="actions">
            <button class="btn" name="action" value="cancel">${words.cancel}</button>
            <button class="btn primary" name="action" value="accept">${words.accept}</button>
          </div>
        </form>`,
  });
}
