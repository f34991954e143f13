/** English: one file a room. The Chinese catalogue has the same shape; catalogue.test.ts compares keys and placeholders. */
import { app } from "./en/app.ts";
import { apps } from "./en/apps.ts";
import { connect } from "./en/connect.ts";
import { inbox } from "./en/inbox.ts";
import { mailboxes } from "./en/mailboxes.ts";
import { settings } from "./en/settings.ts";
import { setup } from "./en/setup.ts";

export const en = { app, apps, inbox, connect, setup, settings, mailboxes };

/** The shape of another language: the same keys; a language without a singular leaves out `_one`. */
export type Texts<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Texts<T[K]>;
};
