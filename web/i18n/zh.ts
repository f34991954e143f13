/** 简体中文. */
import type { en, Texts } from "./en.ts";
import { app } from "./zh/app.ts";
import { inbox } from "./zh/inbox.ts";

export const zh: Texts<typeof en> = { app, inbox };
