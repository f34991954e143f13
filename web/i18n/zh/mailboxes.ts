import type { Texts } from "../en.ts";
import type { mailboxes as english } from "../en/mailboxes.ts";

export const mailboxes: Texts<typeof english> = {
  title: "邮箱",
};
