/** Pages that only say something: done, signed out, errors. */

import { html } from "./html.ts";
import { layout, type PageContext } from "./layout.ts";

export type Message = PageContext & {
  title: string;
  lead: string;
  /** Names and values below the text. */
  detail?: [string, string][];
};

export function messagePage(page: Message): string {
  return layout({
    ...page,
    body: () =>
      html`<h1>${page.title}</h1>
        <p class="lead">${page.lead}</p>
        ${
          page.detail === undefined
            ? undefined
            : html`<dl class="stacked">
                ${page.detail.map(
                  ([name, value]) =>
                    html`<dt>${name}</dt>
                      <dd>${value}</dd>`,
                )}
              </dl>`
        }`,
  });
}
