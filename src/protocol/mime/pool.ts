/**
 * Worker threads that parse messages, so that hostile or huge ones cost neither the event loop nor the process: each
 * worker has a memory cap, each message a time cap. A message that breaks its worker is stored with its header alone
 * (`parse_failed`), the worker is replaced, and what waited behind it goes to another.
 *
 * A thread (parser-thread.ts) has a batch to work on and one more in hand, so that it does not wait for us, who have other
 * work, between the two. New mail beside an import does not wait behind those: a thread is kept for it. One that dies while it
 * starts blames no message; after three such deaths in a row the pool gives up with an error.
 */
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { FetchedMessage } from "../mail-source.ts";
import { packMessage } from "./packed-body.ts";
import type { Parsable, ParseJob, ParseReply } from "./parcel.ts";
import { parseHeaderOnly } from "./parse.ts";
import { ParserThread } from "./parser-thread.ts";
import type { PackedMessage } from "./types.ts";

type Content = FetchedMessage["content"];

export interface ParsePoolOptions {
  /**
   * Worker threads at most. One does nearly always (some 4,000 messages a second, and each compiles the parser for itself);
   * another is made when what waits has had no answer for a moment.
   */
  size: number;
  log: Log;
  /** Longest time for one message in milliseconds. */
  timeoutMs?: number;
  /** A thread beside the first is ended when it had nothing to do for so long, in milliseconds. */
  restMs?: number;
  /** Heap of one worker in MiB. */
  memoryMb?: number;
  /** Another worker file, for tests of failures. */
  workerUrl?: URL;
}

export interface ParsePool {
  /**
   * What cannot be parsed comes back flagged. The bytes given are not changed.
   *
   * @param urgent before all that waits and is not
   * @throws internal only when the worker threads themselves cannot start
   */
  parse(content: Content, urgent?: boolean): Promise<PackedMessage>;
  /** Resolves when less is waiting than the pool takes at once: await it before fetching more. */
  ready(): Promise<void>;
  /** Starts a thread now, so that the first messages do not wait for it to load its code. */
  warm(): void;
  /** Ends the workers; what still waits comes back with its header alone. */
  close(): Promise<void>;
}

interface Task extends ParseJob {
  urgent: boolean;
  resolve(message: PackedMessage): void;
  reject(error: HitchpostError): void;
}

type Thread = ParserThread<Task>;

const maxFailedStarts = 3;
/** Nothing was answered for so long while messages wait: they get one more thread. */
const helpAfterMs = 250;
const batchMessages = 16;
const batchBytes = 4 * 1024 * 1024;
/** The file beside this one, as source (.ts) and compiled (.js). */
const ownWorkerUrl = new URL(
  `./parse-worker${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
);

/** Makes a pool of parser threads; see ParsePool. */
export function createParsePool(options: ParsePoolOptions): ParsePool {
  return new WorkerPool(options);
}

class WorkerPool implements ParsePool {
  readonly #options: Required<ParsePoolOptions>;
  readonly #threads = new Set<Thread>();
  #queue: Task[] = [];
  #waiters: (() => void)[] = [];
  #lastId = 0;
  #closed = false;
  /** Threads in a row that died before they were ready. */
  #failedStarts = 0;
  #helpTimer: NodeJS.Timeout | undefined;

  constructor(options: ParsePoolOptions) {
    this.#options = { timeoutMs: 20_000, restMs: 30_000, memoryMb: 512, workerUrl: ownWorkerUrl, ...options };
  }

  parse(content: Content, urgent = false): Promise<PackedMessage> {
    if (content.kind === "unreadable")
      return Promise.resolve(packMessage(parseHeaderOnly(new Uint8Array(), "unreadable")));
    if (this.#closed) return Promise.resolve(fallback(content));
    return new Promise((resolve, reject) => {
      const task: Task = { id: this.#newId(), content, urgent, resolve, reject };
      const at = urgent ? this.#queue.findIndex((other) => !other.urgent) : -1;
      this.#queue.splice(at < 0 ? this.#queue.length : at, 0, task);
      this.#dispatch();
    });
  }

  ready(): Promise<void> {
    if (this.#closed || this.#queue.length < this.#limit) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  warm(): void {
    if (!this.#closed && this.#threads.size === 0) this.#spawn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#helpTimer);
    const threads = [...this.#threads];
    this.#threads.clear();
    const left = [...threads.flatMap(({ tasks }) => tasks), ...this.#queue];
    this.#queue = [];
    for (const task of left) task.resolve(fallback(task.content));
    for (const wake of this.#waiters.splice(0)) wake();
    await Promise.all(threads.map((thread) => thread.end()));
  }

  /** Shared with the workers as 32 bits. */
  #newId(): number {
    this.#lastId = (this.#lastId + 1) & 0x7fff_ffff;
    return this.#lastId;
  }

  get #limit(): number {
    return this.#options.size * batchMessages * 4;
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const thread = this.#freeThread();
      if (thread === undefined) {
        this.#reserve();
        break;
      }
      this.#send(thread, this.#takeBatch());
    }
    if (this.#queue.length < this.#limit) for (const wake of this.#waiters.splice(0)) wake();
    if (!this.#closed) this.#watchForHelp();
  }

  /** What is urgent is put neither behind what a thread works on nor before one that only starts. */
  #freeThread(): Thread | undefined {
    if (this.#threads.size === 0) return this.#spawn();
    const threads = [...this.#threads].filter(({ stalled }) => !stalled);
    if (this.#queue[0]?.urgent === true) {
      const idle = threads.filter(
        ({ tasks, started }) => tasks.length === 0 && (started || threads.length === 1),
      );
      return idle.find(({ reserved }) => reserved) ?? idle[0];
    }
    const others = threads.filter(({ reserved }) => !reserved);
    return (others.length > 0 ? others : threads)
      .filter(({ tasks }) => tasks.length <= batchMessages)
      .sort((a, b) => a.tasks.length - b.tasks.length)[0];
  }

  /** What is urgent waits behind an import: from now on a thread is kept for it, until it had nothing to do for a while. */
  #reserve(): void {
    const threads = [...this.#threads];
    const behindImport = threads.every(({ tasks }) => tasks.some(({ urgent }) => !urgent));
    if (this.#queue[0]?.urgent !== true || !behindImport || threads.length >= this.#options.size) return;
    const thread = this.#spawn({ reserved: true });
    this.#endWhenUnused(thread);
  }

  /** One message that takes its time does not hold up the others for longer than a moment. */
  #watchForHelp(): void {
    const isBusy = this.#queue.length > 0 || [...this.#threads].some(({ tasks }) => tasks.length > 1);
    if (this.#helpTimer !== undefined || this.#options.size === 1 || !isBusy) return;
    this.#helpTimer = setTimeout(() => {
      this.#helpTimer = undefined;
      const silent = [...this.#threads].filter((thread) => thread.silentMs() >= helpAfterMs);
      this.#queue.unshift(...silent.flatMap((thread) => thread.withdraw()));
      const mayHelp = silent.length === this.#threads.size && silent.length < this.#options.size;
      if (mayHelp && this.#queue.length > 0) this.#spawn();
      this.#dispatch();
    }, helpAfterMs);
  }

  /** A fair share of the queue, so that the last messages do not wait behind one thread; what is urgent goes alone. */
  #takeBatch(): Task[] {
    const others = this.#queue.findIndex(({ urgent }) => !urgent);
    const alike = others > 0 ? others : this.#queue.length;
    const share = Math.min(batchMessages, Math.ceil(alike / this.#threads.size));
    let count = 0;
    for (let bytes = 0; count < share && (count === 0 || bytes < batchBytes); count++) {
      bytes += contentBytes(this.#queue[count]!.content);
    }
    return this.#queue.splice(0, count);
  }

  #send(thread: Thread, tasks: Task[]): void {
    try {
      thread.send(tasks);
    } catch (error) {
      // What cannot be handed to a thread is a fault of the content; nothing else may wait behind it.
      this.#options.log.warn({ err: error }, "messages could not be handed to a parser thread; headers kept");
      for (const task of tasks) task.resolve(fallback(task.content));
    }
  }

  #spawn({ reserved } = { reserved: false }): Thread {
    const thread: Thread = new ParserThread<Task>({
      ...this.#options,
      reserved,
      onReady: () => {
        this.#failedStarts = 0;
        this.#dispatch();
      },
      onReply: (task, reply) => this.#settle(task, reply),
      onReplies: () => {
        this.#dispatch();
        if (thread.tasks.length === 0) this.#endWhenUnused(thread);
      },
      onGone: (reason) => this.#replace(thread, reason),
    });
    this.#threads.add(thread);
    return thread;
  }

  #settle(task: Task, { message, error }: ParseReply): void {
    if (error !== null) this.#options.log.warn({ error }, "a message could not be parsed");
    task.resolve(message ?? fallback(task.content));
  }

  /** One thread stays; each further one would hold some 20 MB for nothing. */
  #endWhenUnused(thread: Thread): void {
    thread.restUntil(this.#options.restMs, () => {
      if (this.#threads.size > 1 && this.#threads.delete(thread)) void thread.end();
    });
  }

  /** The message that it worked on is to blame, the others go back to the head of the queue. */
  #replace(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread)) return;
    if (thread.started) this.#blame(thread, reason);
    else this.#failedStart(reason);
    this.#queue.unshift(...thread.tasks);
    if (this.#failedStarts >= maxFailedStarts) this.#giveUp();
    this.#dispatch();
  }

  #blame(thread: Thread, reason: string): void {
    const culprit = thread.takeCulprit();
    if (culprit === undefined) return; // it was idle, or another thread has that message
    this.#options.log.warn(
      { reason, bytes: contentBytes(culprit.content) },
      "a message broke its parser; header kept",
    );
    culprit.resolve(fallback(culprit.content));
  }

  #failedStart(reason: string): void {
    this.#failedStarts++;
    this.#options.log.error({ reason }, "a parser thread did not start");
  }

  /** Threads that do not start are no fault of the messages: nobody must store them as broken. */
  #giveUp(): void {
    this.#failedStarts = 0;
    const error = new HitchpostError("internal", "The threads that parse mail do not start");
    for (const task of this.#queue.splice(0)) task.reject(error);
  }
}

const fallback = (content: Parsable): PackedMessage =>
  packMessage(
    parseHeaderOnly(content.kind === "source" ? content.raw : content.parts.header, "parse_failed"),
  );

function contentBytes(content: Parsable): number {
  if (content.kind === "source") return content.raw.byteLength;
  return content.parts.text.reduce(
    (sum, part) => sum + part.body.byteLength,
    content.parts.header.byteLength,
  );
}
