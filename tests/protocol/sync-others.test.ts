/** The scenarios of sync over Cyrus, another family of servers, over the sandbox, and over what is no IMAP. */
import { otherTransports, serverVariants } from "../support/mail-servers.ts";
import { playOver } from "./sync-play.ts";

playOver([...serverVariants.filter(({ name }) => !name.startsWith("Dovecot")), ...otherTransports]);
