/** POST /v1/notifications/graph. Answers at once: Microsoft waits three seconds, and gives up who is slow. */
import type { ApiDeps } from "../deps.ts";
import { handlePublic } from "../handle.ts";
import type { Api } from "../server.ts";
import { notificationOperations } from "./schema.ts";

/** Notifications of all mailboxes come from a few addresses of Microsoft. */
const perMinute = 6_000;

const lifecycle = {
  reauthorizationRequired: "reauthorize",
  subscriptionRemoved: "removed",
  missed: "missed",
} as const;

const newsOf = (event: string | null | undefined) =>
  event == null ? "changed" : (lifecycle[event as keyof typeof lifecycle] ?? "missed");

/** Behind the answer; never rejects. */
async function passOn(deps: ApiDeps, clientState: string, what: ReturnType<typeof newsOf>): Promise<void> {
  try {
    const isOurs = await deps.receiveNotification(clientState, what);
    if (!isOurs) deps.log.debug({}, "a notification with another secret was passed over");
  } catch (error) {
    deps.log.warn({ err: error }, "a notification was not passed on; the next look finds the change");
  }
}

/** In a scope of its own: the validation comes as text, which no other route takes. */
export async function registerNotificationRoutes(app: Api, deps: ApiDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      "text/plain",
      { parseAs: "string", bodyLimit: 1_000 },
      (_request, _body, done) => done(null, null),
    );
    const spec = notificationOperations.receiveGraphNotifications;
    handlePublic(
      scope as Api,
      deps,
      spec,
      async ({ query, body, reply }) => {
        if (query.validationToken !== undefined)
          return void (await reply.type("text/plain; charset=utf-8").send(query.validationToken));
        void reply.code(202);
        for (const { clientState, lifecycleEvent } of body?.value ?? [])
          void passOn(deps, clientState ?? "", newsOf(lifecycleEvent));
        return {};
      },
      { perMinute },
    );
  });
}
