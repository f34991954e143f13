/** The sandbox's own page: what it is, its personas and what each will do, and how to reach it. */

import { personas, type Persona } from "../personas.ts";
import { html, type Html } from "./html.ts";
import type { Language } from "./language.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { fill, wordsOf, type Words } from "./text.ts";

export type Reach = {
  clientId: string;
  clientSecret: string;
  loginUrl: string;
  /** `host:port`, absent while mail does not run. */
  imap?: string;
  smtp?: string;
};

export function homePage(page: PageContext & { reach: Reach }): string {
  const { reach, basePath, language } = page;
  const servers = (words: Words): [string, string | undefined][] => [
    [words.loginUrlLabel, reach.loginUrl],
    [words.clientIdLabel, reach.clientId],
    [words.secretLabel, reach.clientSecret],
    [words.imapLabel, reach.imap],
    [words.smtpLabel, reach.smtp],
  ];
  return layout({
    ...page,
    wide: true,
    title: wordsOf(language).indexTitle,
    body: (words) =>
      html`<h1>${words.indexTitle}</h1>
        <p class="lead">${words.indexLead}</p>
        <h2>${words.personas}</h2>
        ${personas.map((persona) => personaEntry(persona, language, words))}
        <h2>${words.serversTitle}</h2>
        <dl>
          ${servers(words).flatMap(([name, value]) =>
            value === undefined
              ? []
              : [
                  html`<dt>${name}</dt>
                    <dd><code>${value}</code></dd>`,
                ],
          )}
        </dl>
        <div class="links">
          <a href="${basePath}/devicelogin">${words.enterCodeLink}</a>
          <a href="${basePath}/common/oauth2/v2.0/logout">${words.signOutLink}</a>
        </div>`,
  });
}

function personaEntry(persona: Persona, language: Language, words: Words): Html {
  const names = new Intl.DisplayNames([language === "zh" ? "zh-CN" : "en"], { type: "language" });
  const kind = persona.kind === "personal" ? words.kindPersonal : words.kindWork;
  const mailbox = fill(words.languageOfMailbox, { language: names.of(persona.language) ?? persona.language });
  return html`<article class="persona">
    <div class="head">
      ${avatar(persona.displayName)}
      <h3>${persona.address}</h3>
      <span class="tag">${kind}</span><span class="tag">${mailbox}</span>
    </div>
    <p>${persona.does[language]}</p>
    <p>${persona.displayName} · ${words.passwordColumn}: <code>${persona.password}</code></p>
  </article>`;
}
