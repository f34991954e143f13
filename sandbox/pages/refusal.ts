/** Microsoft's own "you can't get in" page, with the error's words and the way back to the application. */

import type { Persona } from "../personas/persona.ts";
import { html } from "./html.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { fill, wordsOf } from "./text.ts";

export type RefusalPage = PageContext & {
  app: string;
  account: Persona;
  /** Its key in identity/refusals.ts. */
  refusal: string;
  /** With trace id, correlation id and time. */
  description: string;
};

export function refusalPage(page: RefusalPage): string {
  return layout({
    ...page,
    title: wordsOf(page.language).refusedTitle,
    body: (words) =>
      html`<div class="as">${avatar(page.account.displayName)}<span>${page.account.address}</span></div>
        <h1>${words.refusedTitle}</h1>
        <p class="lead">${words.refusedLead}</p>
        <p class="alert" role="alert">${page.description}</p>
        <form method="post">
          <input type="hidden" name="refusal" value="${page.refusal}" />
          <input type="hidden" name="user" value="${page.account.address}" />
          <div class="actions">
            <button class="btn primary" name="action" value="return">
              ${fill(words.returnToApp, { app: page.app })}
            </button>
          </div>
        </form>`,
  });
}
