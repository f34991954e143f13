/** The personas by group, as the index and the sign-in show them; one types to find one. */

import { personas, type Persona } from "../personas.ts";
import type { PersonaGroup } from "../personas/persona.ts";
import { html, type Html } from "./html.ts";
import type { Words } from "./text.ts";

const order: readonly PersonaGroup[] = [
  "well",
  "account",
  "mailbox",
  "permission",
  "later",
  "reading",
  "sending",
  "graph",
  "codes",
];

const names: Record<PersonaGroup, keyof Words> = {
  well: "groupWell",
  account: "groupAccount",
  mailbox: "groupMailbox",
  permission: "groupPermission",
  later: "groupLater",
  reading: "groupReading",
  sending: "groupSending",
  graph: "groupGraph",
  codes: "groupCodes",
};

/** The field that finds; a script does the finding, and without one it is not shown. */
export function finder(words: Words): Html {
  return html`<div class="find">
      <label for="find">${words.find}</label>
      <input
        id="find"
        type="search"
        data-find
        placeholder="${words.findHint}"
        autocomplete="off"
        spellcheck="false"
      />
    </div>
    <p class="note" data-none hidden>${words.findNone}</p>`;
}

/** Groups that can be folded; `open` says which stand open at first. */
export function groupedPersonas(
  among: readonly Persona[],
  words: Words,
  open: (group: PersonaGroup) => boolean,
  entry: (persona: Persona) => Html,
): Html {
  const groups = order
    .map((group) => ({ group, members: among.filter((one) => (one.group ?? "well") === group) }))
    .filter(({ members }) => members.length > 0);
  return html`${groups.map(
    ({ group, members }) =>
      html`<details class="group" data-group ${open(group) ? openMark : undefined}>
        <summary>${words[names[group]]} <span class="count">${members.length}</span></summary>
        ${members.map(entry)}
      </details>`,
  )}`;
}

const openMark = html`open`;

/** What the finder looks through beside the text that is seen. */
export const searchText = (persona: Persona): string =>
  [persona.id, persona.address, ...(persona.aliases ?? []), persona.group ?? "well"].join(" ");

/** How many there are. */
export const personaCount = personas.length;
