import type { Texts } from "../en.ts";
import type { connect as english } from "../en/connect.ts";

export const connect: Texts<typeof english> = {
  title: "连接邮箱",
  linkTitle: "连接此邮箱",
  doneTitle: "邮箱已连接",
};
