/** The scenarios of sync over Cyrus, another family of servers, and over the sandbox. */
import { serverVariants } from "../support/mail-servers.ts";
import { playOver } from "./sync-play.ts";

playOver(serverVariants.filter(({ name }) => !name.startsWith("Dovecot")));
