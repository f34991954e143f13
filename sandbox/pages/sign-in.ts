/** The account picker and the sign-in form. Buttons carry the account's address in their name. */

import { namesOf, type Persona } from "../personas.ts";
import type { PersonaGroup } from "../personas/persona.ts";
import { html, type Html } from "./html.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { finder, groupedPersonas, searchText } from "./persona-list.ts";
import { fill, wordsOf, type Words } from "./text.ts";

export type SignInPage = PageContext & {
  app: string;
  /** The accounts already signed in in this browser. */
  accounts: Persona[];
  /** The accounts that can be chosen with one click. */
  personas: readonly Persona[];
  /** The address to put into the form. */
  hint: string;
  /** What went wrong with the last try, in words. */
  problem?: string;
};

/** "Pick an account": those already signed in, and a way to another. */
export function accountPicker(page: SignInPage): string {
  return layout({
    ...page,
    title: wordsOf(page.language).pickTitle,
    body: (words) =>
      html`<h1>${words.pickTitle}</h1>
        <p class="lead">${fill(words.pickLead, { app: page.app })}</p>
        ${problemBox(page.problem)}
        <form method="post">
          <ul class="list">
            ${page.accounts.map((account) => html`<li>${accountButton(account, "account", words.signedIn)}</li>`)}
          </ul>
          <div class="actions">
            <button class="btn" name="action" value="cancel">${words.cancel}</button>
            <button class="btn" name="action" value="another">${words.useAnother}</button>
          </div>
        </form>`,
  });
}

/** Address and password, or one of the personas with one click. */
export function signInForm(page: SignInPage): string {
  return layout({
    ...page,
    scripted: true,
    title: wordsOf(page.language).signInTitle,
    body: (words) =>
      html`<h1>${words.signInTitle}</h1>
        <p class="lead">${fill(words.signInLead, { app: page.app })}</p>
        ${problemBox(page.problem)}
        <form method="post">
          ${credentialFields(page, words)}
          <div class="actions">
            <button class="btn" name="action" value="cancel" formnovalidate>${words.cancel}</button>
            <button class="btn primary" name="action" value="password">${words.signIn}</button>
          </div>
        </form>
        <h2>${words.orPersona}</h2>
        ${finder(words)}
        <form method="post">
          ${groupedPersonas(hintedFirst(page), words, openGroups(page), (persona) => personaButton(persona, page))}
        </form>`,
  });
}

/** The one that the application named stands first in its group. */
function hintedFirst({ personas, hint }: SignInPage): Persona[] {
  return personas.toSorted((a, b) => Number(isHinted(b, hint)) - Number(isHinted(a, hint)));
}

const isHinted = (persona: Persona, hint: string): boolean =>
  namesOf(persona).includes(hint.trim().toLowerCase());

const openGroups =
  ({ personas, hint }: SignInPage) =>
  (group: PersonaGroup): boolean =>
    group === "well" || personas.some((one) => one.group === group && isHinted(one, hint));

function personaButton(persona: Persona, { language }: SignInPage): Html {
  return html`<div class="pick" data-entry="${searchText(persona)}">
    ${accountButton(persona, "persona")}
    <p class="does">${persona.does[language]}</p>
  </div>`;
}

function credentialFields(page: SignInPage, words: Words): Html {
  const password = page.personas[0]?.password ?? "";
  return html`<label for="address">${words.emailLabel}</label>
    <input id="address" name="address" type="email" value="${page.hint}" autocomplete="username" required />
    <label for="password">${words.passwordLabel}</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="off"
      aria-describedby="password-hint"
      required
    />
    <p class="note" id="password-hint">${fill(words.passwordHint, { password })}</p>`;
}

function accountButton(account: Persona, name: "account" | "persona", tag?: string): Html {
  return html`<button class="account" name="${name}" value="${account.oid}">
    ${avatar(account.displayName)}<span class="who"
      ><span class="name">${account.displayName}</span>
      <span class="address">${[account.address, ...(account.aliases ?? [])].join(" · ")}</span></span
    >${tag === undefined ? undefined : html` <span class="tag">${tag}</span>`}
  </button>`;
}

function problemBox(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p class="alert" role="alert">${problem}</p>`;
}
