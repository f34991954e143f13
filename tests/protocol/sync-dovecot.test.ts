/** The scenarios of sync over real Dovecot: with all it can, and with everything hidden, as Outlook. */
import { serverVariants } from "../support/mail-servers.ts";
import { playOver } from "./sync-play.ts";

playOver(serverVariants.filter(({ name }) => name.startsWith("Dovecot")));
