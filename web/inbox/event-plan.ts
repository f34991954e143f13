/**
 * From a handful of events to what must be read anew. Pure: `gather` only notes, `takePlan` hands over and forgets.
 * A backfill sends thousands of events: beyond `manyConversations` the heads of the lists are read instead of each row.
 */
import type { ServerEvent } from "../app/events/server-event.ts";

export const manyConversations = 15;

export interface Plan {
  /** Conversations whose rows changed; empty when `heads`. */
  conversations: string[];
  /** Conversations whose messages changed. */
  messages: string[];
  heads: boolean;
  counts: boolean;
  mailboxes: boolean;
  /** Whole lists and threads may have gone. */
  everything: boolean;
  /** Conversations that got new mail from outside: said aloud. */
  arrived: string[];
}

export class EventPlan {
  readonly #conversations = new Set<string>();
  readonly #messages = new Set<string>();
  readonly #arrived = new Set<string>();
  #mailboxes = false;
  #counts = false;
  #everything = false;

  gather(event: ServerEvent): void {
    const id = event.conversationId;
    switch (event.name) {
      case "message.created":
        if (id !== null) this.#arrived.add(id);
        this.#note(id, true);
        break;
      case "message.updated":
      case "outbox.updated":
        this.#note(id, true);
        break;
      case "conversation.created":
      case "conversation.updated":
        this.#note(id, true);
        break;
      case "mailbox.removed":
        this.#mailboxes = true;
        this.#counts = true;
        this.#everything = true;
        break;
      case "mailbox.state":
      case "mailbox.progress":
      case "finding.opened":
      case "finding.closed":
        this.#mailboxes = true;
        break;
      default:
        event.name satisfies never;
    }
  }

  takePlan(): Plan {
    const conversations = [...this.#conversations];
    const heads = conversations.length > manyConversations;
    const plan: Plan = {
      conversations: heads ? [] : conversations,
      messages: [...this.#messages],
      heads,
      counts: this.#counts,
      mailboxes: this.#mailboxes,
      everything: this.#everything,
      arrived: [...this.#arrived],
    };
    this.#conversations.clear();
    this.#messages.clear();
    this.#arrived.clear();
    this.#mailboxes = false;
    this.#counts = false;
    this.#everything = false;
    return plan;
  }

  #note(id: string | null, messages: boolean): void {
    this.#counts = true;
    if (id === null) return;
    this.#conversations.add(id);
    if (messages) this.#messages.add(id);
  }
}
