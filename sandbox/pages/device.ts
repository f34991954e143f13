/** The pages of device sign-in: enter the code, confirm it, done. */

import { html } from "./html.ts";
import { layout, type PageContext } from "./layout.ts";
import { fill, wordsOf } from "./text.ts";

type DeviceForm = PageContext & { action: string; xsrf: string; userCode: string };

export function deviceInputPage(page: DeviceForm & { problem?: string }): string {
  return layout({
    ...page,
    title: wordsOf(page.language).deviceTitle,
    body: (words) =>
      html`<h1>${words.deviceTitle}</h1>
        <p class="lead">${words.deviceLead}</p>
        ${page.problem === undefined ? undefined : html`<p class="alert" role="alert">${page.problem}</p>`}
        <form method="post" action="${page.action}">
          <input type="hidden" name="xsrf" value="${page.xsrf}" />
          <label for="user_code">${words.codeLabel}</label>
          <input
            class="code"
            id="user_code"
            name="user_code"
            type="text"
            value="${page.userCode}"
            autocomplete="off"
            spellcheck="false"
            autofocus
          />
          <div class="actions"><button class="btn primary">${words.next}</button></div>
        </form>`,
  });
}

export function deviceConfirmPage(page: DeviceForm & { app: string }): string {
  return layout({
    ...page,
    title: wordsOf(page.language).deviceConfirmTitle,
    body: (words) =>
      html`<h1>${words.deviceConfirmTitle}</h1>
        <p class="lead">${fill(words.deviceConfirmLead, { app: page.app })}</p>
        <p class="usercode">${page.userCode}</p>
        <form method="post" action="${page.action}">
          <input type="hidden" name="xsrf" value="${page.xsrf}" />
          <input type="hidden" name="user_code" value="${page.userCode}" />
          <div class="actions">
            <button class="btn" name="abort" value="yes">${words.cancel}</button>
            <button class="btn primary" name="confirm" value="yes">${words.continue}</button>
          </div>
        </form>`,
  });
}
