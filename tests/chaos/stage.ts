/** What the steps of a compressed run work with. */
import type { ChaosClock } from "./clock.ts";
import type { MailMaker } from "./mails.ts";
import type { Model } from "./model.ts";
import type { People } from "./people.ts";
import type { Processes } from "./processes.ts";
import type { Random } from "./random.ts";
import type { ChaosServer } from "./server.ts";
import type { Tally } from "./tally.ts";

export interface Stage {
  random: Random;
  tally: Tally;
  clock: ChaosClock;
  server: ChaosServer;
  model: Model;
  maker: MailMaker;
  people: People;
  processes: Processes;
  /** Begins the marks of this run. */
  prefix: string;
  /** Folders that were renumbered, or renamed: the other of the two would leave nothing to know them by. */
  shifted: Set<string>;
  /** A number not given before in this run. */
  serial(): number;
  /** Reads which mails were told as new already, before something is done that may change how others are found. */
  noteTold(): Promise<void>;
}
