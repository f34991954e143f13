/** 简体中文 of every screen but the inbox. */
import type { Texts } from "./en.ts";
import type { enLater } from "./en-later.ts";
import { apps } from "./zh/apps.ts";
import { connect } from "./zh/connect.ts";
import { explain } from "./zh/explain.ts";
import { mailboxes } from "./zh/mailboxes.ts";
import { settings } from "./zh/settings.ts";
import { setup } from "./zh/setup.ts";

export const zhLater: Texts<typeof enLater> = { apps, connect, explain, mailboxes, settings, setup };
