/** Every operation of /v1: the OpenAPI document and the matrix test of rights read it. */
import { appOperations } from "./apps/schema.ts";
import { connectOperations } from "./connect/schema.ts";
import { conversationOperations } from "./conversations/schema.ts";
import { doctorOperations } from "./doctor/schema.ts";
import { eventOperations } from "./events/schema.ts";
import { explainOperations } from "./explain/schema.ts";
import { mailboxOperations } from "./mailboxes/schema.ts";
import { messageOperations } from "./messages/schema.ts";
import { notificationOperations } from "./notifications/schema.ts";
import type { Operation } from "./operation.ts";
import { outboxOperations } from "./outbox/schema.ts";
import { peopleOperations } from "./people/schema.ts";
import { systemOperations } from "./system/schema.ts";

export const allOperations: Operation[] = [
  ...Object.values(peopleOperations),
  ...Object.values(appOperations),
  ...Object.values(connectOperations),
  ...Object.values(mailboxOperations),
  ...Object.values(conversationOperations),
  ...Object.values(messageOperations),
  ...Object.values(outboxOperations),
  ...Object.values(eventOperations),
  ...Object.values(explainOperations),
  ...Object.values(doctorOperations),
  ...Object.values(systemOperations),
  ...Object.values(notificationOperations),
];
