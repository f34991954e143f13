import type { Texts } from "../en.ts";
import type { setup as english } from "../en/setup.ts";

export const setup: Texts<typeof english> = {
  title: "设置 Hitchpost",
};
