/** English of every screen but the inbox: loaded with the first of them. */
import { apps } from "./en/apps.ts";
import { connect } from "./en/connect.ts";
import { explain } from "./en/explain.ts";
import { mailboxes } from "./en/mailboxes.ts";
import { settings } from "./en/settings.ts";
import { setup } from "./en/setup.ts";

export const enLater = { apps, connect, explain, mailboxes, settings, setup };
