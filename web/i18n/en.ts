/**
 * English: one file a room; here what the first screen says, the rest in `en-later.ts`. The Chinese catalogue has the same
 * shape; catalogue.test.ts compares keys and placeholders.
 */
import { app } from "./en/app.ts";
import { inbox } from "./en/inbox.ts";

export const en = { app, inbox };

/** The shape of another language: the same keys; a language without a singular leaves out `_one`. */
export type Texts<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Texts<T[K]>;
};
