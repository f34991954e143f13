/** The pages that oidc-provider asks for: device sign-in, and errors it cannot send anywhere. */

import type { Context, ErrorOut } from "oidc-provider";
import { pageHeaders } from "../http/reply.ts";
import { deviceConfirmPage, deviceInputPage } from "../pages/device.ts";
import { languageOf } from "../pages/language.ts";
import type { PageContext } from "../pages/layout.ts";
import { messagePage } from "../pages/message.ts";
import { fill, wordsOf, type Words } from "../pages/text.ts";
import type { ProviderParts } from "./provider.ts";
import { registration } from "./registration.ts";

export function providerPages(basePath: string): ProviderParts["pages"] {
  const action = `${basePath}/devicelogin`;
  const about = (ctx: Context): PageContext => ({ language: languageOf(ctx.req), basePath });
  const form = (ctx: Context, userCode: string) => ({
    ...about(ctx),
    action,
    xsrf: ctx.oidc.session.state?.secret ?? "",
    userCode,
  });
  return {
    error(ctx, out, error) {
      const words = wordsOf(languageOf(ctx.req));
      const lead = error.name === "SessionNotFound" ? words.sessionLost : words.serverError;
      const detail: [string, string][] = [[words.errorCode, `${out.error}: ${out.error_description ?? ""}`]];
      send(ctx, messagePage({ ...about(ctx), title: words.errorTitle, lead, detail }));
    },
    deviceInput(ctx, out, problem) {
      const words = wordsOf(languageOf(ctx.req));
      if (problem?.name === "AbortedError") {
        const page = { ...about(ctx), title: words.deviceDeclinedTitle, lead: words.deviceDeclinedLead };
        return send(ctx, messagePage(page));
      }
      const trouble = deviceProblem(words, out, problem);
      const prefilled = ctx.query["otc"];
      const input = form(ctx, typeof prefilled === "string" ? prefilled : "");
      send(ctx, deviceInputPage({ ...input, ...(trouble === undefined ? {} : { problem: trouble }) }));
    },
    deviceConfirm(ctx, userCode) {
      send(ctx, deviceConfirmPage({ ...form(ctx, userCode), app: registration.name }));
    },
    deviceDone(ctx) {
      const words = wordsOf(languageOf(ctx.req));
      const lead = fill(words.deviceDoneLead, { app: registration.name });
      send(ctx, messagePage({ ...about(ctx), title: words.deviceDoneTitle, lead }));
    },
  };
}

function send(ctx: Context, page: string): void {
  for (const [name, value] of Object.entries(pageHeaders())) ctx.set(name, value);
  ctx.body = page;
}

function deviceProblem(
  words: Words,
  out: ErrorOut | undefined,
  problem: Error | undefined,
): string | undefined {
  switch (problem?.name) {
    case "NotFoundError":
      return words.deviceUnknown;
    case "ExpiredError":
      return words.deviceExpired;
    case "AlreadyUsedError":
      return words.deviceUsed;
    case "NoCodeError":
      return words.deviceMissing;
    default:
      return out === undefined ? undefined : words.deviceFailed;
  }
}
