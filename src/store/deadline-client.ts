/**
 * Connections that give up on a PostgreSQL that no longer answers. The server itself ends statements that take too long
 * (`statement_timeout`); one that is frozen, or cut off without a word, does not, and TCP would notice after a quarter of
 * an hour or never. pg's own `query_timeout` leaves the connection in use, waiting for the old answer: ours ends it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Client, type ClientConfig } from "pg";

const unlimited = new AsyncLocalStorage<true>();

/** For work that lifts `statement_timeout` too: its statements may take as long as they need. */
export const withoutDeadline = <T>(work: () => Promise<T>): Promise<T> => unlimited.run(true, work);

type Socketed = Client & { connection: { stream: { destroy(error: Error): void } } };

/** Client for `pg.Pool`: a query without an answer after `ms` fails as on a lost connection. COPY streams are not watched. */
export function deadlineClient(ms: number): new (config?: string | ClientConfig) => Client {
  return class DeadlineClient extends Client {
    // pg has nine signatures for this: the answer comes by promise, by callback, or to a stream.
    override query = ((...asked: unknown[]): unknown => {
      const stopWatching = unlimited.getStore() === undefined ? this.#watch() : () => undefined;
      const callback = asked.at(-1);
      if (typeof callback === "function") {
        asked.splice(-1, 1, (...answer: unknown[]): unknown => {
          stopWatching();
          return (callback as (...answer: unknown[]) => unknown)(...answer);
        });
      }
      const answer: unknown = (Client.prototype.query as (...asked: unknown[]) => unknown).apply(this, asked);
      if (answer instanceof Promise) answer.then(stopWatching, stopWatching);
      else if (typeof callback !== "function") stopWatching();
      return answer;
    }) as Client["query"];

    #watch(): () => void {
      const timer = setTimeout(() => {
        const { stream } = (this as unknown as Socketed).connection;
        stream.destroy(new Error(`Connection terminated: no answer within ${ms / 1000} s`));
      }, ms);
      return () => clearTimeout(timer);
    }
  };
}
