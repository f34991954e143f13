/** Change notifications that Microsoft Graph sends (learn.microsoft.com/graph/change-notifications-delivery-webhooks). */
import { z } from "zod";
import { operation } from "../operation.ts";

const notificationSchema = z.object({
  clientState: z.string().max(255).nullish(),
  subscriptionId: z.string().max(255).nullish(),
  changeType: z.string().max(100).nullish(),
  lifecycleEvent: z.string().max(100).nullish(),
  resource: z.string().max(2_000).nullish(),
});

export const notificationOperations = {
  receiveGraphNotifications: operation({
    method: "POST",
    url: "/v1/notifications/graph",
    access: "public",
    schema: {
      operationId: "receiveGraphNotifications",
      tags: ["Notifications"],
      summary: "Change notifications of Microsoft Graph",
      description:
        "For Microsoft alone. With `validationToken` it answers the token as text; else each notification is checked by its `clientState`, and what is not ours is passed over.",
      querystring: z.object({ validationToken: z.string().min(1).max(4_000).optional() }),
      body: z.object({ value: z.array(notificationSchema).max(1_000).optional() }).nullish(),
      response: { 200: z.string(), 202: z.object({}) },
    },
  }),
};
