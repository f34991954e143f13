/** The sandbox's own page: what it is, its personas with what each will do and their switches, and how to reach it. */

import { registrations, type Registration } from "../identity/registration.ts";
import { personas, type Persona } from "../personas.ts";
import type { Switches } from "../switches.ts";
import { html, type Html } from "./html.ts";
import type { Language } from "./language.ts";
import { avatar, layout, type PageContext } from "./layout.ts";
import { finder, groupedPersonas, personaCount, searchText } from "./persona-list.ts";
import { fill, wordsOf, type Words } from "./text.ts";

export type Reach = {
  clientId: string;
  clientSecret: string;
  loginUrl: string;
  /** `host:port`, absent while mail does not run. */
  imap?: string;
  smtp?: string;
  pop?: string;
  graph?: string;
};

type HomePage = PageContext & { reach: Reach; switches: Switches };

export function homePage(page: HomePage): string {
  const { basePath, language, switches } = page;
  return layout({
    ...page,
    wide: true,
    scripted: true,
    title: wordsOf(language).indexTitle,
    body: (words) =>
      html`<h1>${words.indexTitle}</h1>
        <p class="lead">${words.indexLead}</p>
        <h2>${words.personas} <span class="count">${personaCount}</span></h2>
        <p class="note">${fill(words.passwordHint, { password: personas[0]?.password ?? "" })}</p>
        <section>
          ${finder(words)}
          ${groupedPersonas(
            personas,
            words,
            (group) => group !== "codes",
            (persona) => personaEntry(persona, { page, words, switches }),
          )}
        </section>
        <h2>${words.serversTitle}</h2>
        ${servers(page.reach, words)}
        <h2>${words.registrationsTitle}</h2>
        <p class="note">${words.registrationsLead}</p>
        ${registrations.map((app) => registrationEntry(app, language, words))}
        <div class="links">
          <a href="${basePath}/devicelogin">${words.enterCodeLink}</a>
          <a href="${basePath}/common/oauth2/v2.0/logout">${words.signOutLink}</a>
        </div>`,
  });
}

function servers(reach: Reach, words: Words): Html {
  const rows: [string, string | undefined][] = [
    [words.loginUrlLabel, reach.loginUrl],
    [words.clientIdLabel, reach.clientId],
    [words.secretLabel, reach.clientSecret],
    [words.imapLabel, reach.imap],
    [words.smtpLabel, reach.smtp],
    [words.popLabel, reach.pop],
    [words.graphLabel, reach.graph],
  ];
  return html`<dl>
    ${rows.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            html`<dt>${name}</dt>
              <dd><code>${value}</code> ${copyButton(value, words)}</dd>`,
          ],
    )}
  </dl>`;
}

const copyButton = (text: string, words: Words): Html =>
  html`<button
    class="copy"
    type="button"
    data-copy="${text}"
    data-done="${words.copied}"
    aria-label="${fill(words.copyWhat, { what: text })}"
  >
    ${words.copy}
  </button>`;

type Surroundings = { page: HomePage; words: Words; switches: Switches };

function personaEntry(persona: Persona, { page, words, switches }: Surroundings): Html {
  const { language } = page;
  return html`<article class="persona" id="${persona.id}" data-entry="${searchText(persona)}">
    <div class="head">
      ${avatar(persona.displayName)}
      <h3>${persona.address}</h3>
      ${copyButton(persona.address, words)}
      ${tags(persona, language, words).map((tag) => html`<span class="tag">${tag}</span>`)}
    </div>
    <p>${persona.does[language]}</p>
    ${(persona.aliases ?? []).map(
      (alias) => html`<p class="alias"><code>${alias}</code> ${copyButton(alias, words)}</p>`,
    )}
    ${switchRow(persona, page, words, switches)}
  </article>`;
}

function tags(persona: Persona, language: Language, words: Words): string[] {
  const shown = new Intl.DisplayNames([language === "zh" ? "zh-CN" : "en"], { type: "language" });
  const mailbox = fill(words.languageOfMailbox, { language: shown.of(persona.language) ?? persona.language });
  const isOrdinary = persona.language === "en" && persona.group !== "well";
  return [
    persona.kind === "personal" ? words.kindPersonal : words.kindWork,
    ...(isOrdinary ? [] : [mailbox]),
  ];
}

/** The switches that this persona has: what is off at first, and what is not made yet. */
function switchRow(persona: Persona, page: HomePage, words: Words, switches: Switches): Html | undefined {
  const { switchedOff = [], notReady = false } = persona.trouble ?? {};
  const state = switches.stateOf(persona);
  const rows: Html[] = switchedOff.map((name) =>
    switchForm(persona, page, {
      set: name,
      on: !state[name],
      label: fill(words.switchLabel, { name: name.toUpperCase() }),
      state: state[name] ? words.switchIsOn : words.switchIsOff,
      action: state[name] ? words.switchOff : words.switchOn,
    }),
  );
  if (notReady)
    rows.push(
      switchForm(persona, page, {
        set: "ready",
        on: !state.ready,
        label: words.readyLabel,
        state: state.ready ? words.readyYes : words.readyNot,
        action: state.ready ? words.makeNew : words.makeReady,
      }),
    );
  return rows.length === 0 ? undefined : html`<div class="switches">${rows}</div>`;
}

type SwitchWords = { set: string; on: boolean; label: string; state: string; action: string };

const switchForm = (persona: Persona, { basePath }: HomePage, it: SwitchWords): Html =>
  html`<form method="post" action="${basePath}/personas/switch">
    <input type="hidden" name="persona" value="${persona.id}" />
    <input type="hidden" name="set" value="${it.set}" />
    <input type="hidden" name="on" value="${it.on ? "yes" : "no"}" />
    <span>${it.label}: <strong>${it.state}</strong></span>
    <button class="btn small" aria-label="${`${it.label}: ${it.action} (${persona.address})`}">
      ${it.action}
    </button>
  </form>`;

function registrationEntry(app: Registration, language: Language, words: Words): Html {
  return html`<article class="persona app">
    <p class="does-app">${app.does[language]}</p>
    <dl>
      <dt>${words.clientIdLabel}</dt>
      <dd><code>${app.clientId}</code> ${copyButton(app.clientId, words)}</dd>
      <dt>${words.secretLabel}</dt>
      <dd><code>${app.clientSecret}</code> ${copyButton(app.clientSecret, words)}</dd>
    </dl>
  </article>`;
}
