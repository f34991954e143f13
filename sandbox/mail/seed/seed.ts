/** What a new mailbox of a persona holds: made here, the same at every first start but for its dates. */
import type { Persona } from "../../personas.ts";
import type { MailStore, SeedMailbox } from "../store/mail-store.ts";
import { playScript } from "./conversation-script.ts";
import type { Script } from "./conversation-script.ts";
import { newsletters } from "./newsletters.ts";
import { contactForms, orderNotices, serviceNotices } from "./notices.ts";
import { orderConversations } from "./order-conversations.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";
import { SeededRandom } from "./random.ts";
import { otherLanguages } from "./scripts-languages.ts";
import { janasConversations } from "./scripts-jana.ts";
import { lastWeeks } from "./scripts-last-weeks.ts";
import { thisWeek } from "./scripts-this-week.ts";
import { automaticReplies, bounces, drafts, invitations, junk, oldest } from "./special-mail.ts";

/** Fourteen months. */
const historyDays = 425;

/** Fills the mailbox of that persona. */
export function seedFor(persona: Persona): SeedMailbox {
  return (store, mailboxId) => {
    for (const mail of plannedMail(persona, store.now())) {
      const folderId = folderFor(store, mailboxId, mail.folder);
      store.messages.append(folderId, { raw: mail.raw, flags: mail.flags, internalDate: mail.date });
    }
  };
}

/** All messages of a persona's mailbox, oldest first; `now` in milliseconds since 1970. */
export function plannedMail(persona: Persona, now: number): PlannedMail[] {
  const [firstName = persona.displayName] = persona.displayName.split(" ");
  const owner = { name: persona.displayName, firstName, address: persona.address };
  const context: SeedContext = { owner, now, random: new SeededRandom(persona.id) };
  return contentFor(persona, context).sort((a, b) => a.date - b.date);
}

/** Mailboxes that are looked at hold hundreds of mails, those that are there to fail a handful. */
function contentFor(persona: Persona, context: SeedContext): PlannedMail[] {
  if (persona.group === "codes" || persona.trouble?.notReady === true) return [];
  if (persona.group !== undefined && persona.group !== "well") return handful(persona, context);
  const play = (scripts: Script[]): PlannedMail[] => scripts.flatMap((script) => playScript(context, script));
  switch (persona.id) {
    case "well":
      return [
        ...play([...thisWeek, ...lastWeeks, ...otherLanguages]),
        ...play(orderConversations(context, 32, historyDays)),
        ...newsletters(context, { count: 40, days: 390 }),
        ...orderNotices(context, 38, 300),
        ...serviceNotices(context, 18, 200),
        ...contactForms(context, 18, 240),
        ...specialMail(context, 4),
        ...junk(context, 9),
      ];
    case "other":
      return [
        ...play(janasConversations),
        ...newsletters(context, { count: 37, days: 300, german: true }),
        ...junk(context, 4),
        ...drafts(context, 1),
        ...oldest(context, historyDays),
      ];
    default:
      return [
        ...play(otherLanguages.slice(0, 3)),
        ...play(orderConversations(context, 3, 120)),
        ...newsletters(context, { count: 6, days: 90 }),
        ...contactForms(context, 4, 60),
        ...specialMail(context, 2),
      ];
  }
}

/** Some to each of its aliases too, which is how one sees that they are its own. */
function handful({ aliases = [] }: Persona, context: SeedContext): PlannedMail[] {
  const owners = [context.owner, ...aliases.map((address) => ({ ...context.owner, address }))];
  return owners.flatMap((owner) => contactForms({ ...context, owner }, 3, 40));
}

function specialMail(context: SeedContext, count: number): PlannedMail[] {
  return [
    ...invitations(context, count),
    ...bounces(context, count),
    ...automaticReplies(context, count),
    ...drafts(context, count),
    ...oldest(context, historyDays),
  ];
}

function folderFor(store: MailStore, mailboxId: number, folder: PlannedMail["folder"]): number {
  if (typeof folder === "string") return store.folders.byRole(mailboxId, folder).id;
  const { name } = folder;
  const found = store.folders.find(mailboxId, name);
  return (found ?? store.folders.create({ mailboxId, name, role: "user", attributes: [] })).id;
}
