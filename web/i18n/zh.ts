/** 简体中文. */
import type { en, Texts } from "./en.ts";
import { app } from "./zh/app.ts";
import { apps } from "./zh/apps.ts";
import { connect } from "./zh/connect.ts";
import { inbox } from "./zh/inbox.ts";
import { mailboxes } from "./zh/mailboxes.ts";
import { settings } from "./zh/settings.ts";
import { setup } from "./zh/setup.ts";

export const zh: Texts<typeof en> = { app, apps, inbox, connect, setup, settings, mailboxes };
