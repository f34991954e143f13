import type { Texts } from "../en.ts";
import type { settings as english } from "../en/settings.ts";

export const settings: Texts<typeof english> = {
  title: "设置",
};
