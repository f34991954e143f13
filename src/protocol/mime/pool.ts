/**
 * Worker threads that parse messages, so that hostile or huge ones cost neither the event loop nor the process: each
 * worker has a memory cap, each message a time cap. A message that breaks its worker is stored with its header alone
 * (`parse_failed`), the worker is replaced, and what waited behind it goes to another.
 *
 * States of a worker: absent → starting → idle ⇄ busy (a batch, its first message on the clock) → dead (replaced when needed).
 * One that dies while it starts blames no message; after three such deaths in a row the pool gives up with an error.
 */
import { Worker } from "node:worker_threads";
import { HitchpostError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { FetchedMessage } from "../mail-source.ts";
import { packMessage } from "./packed-body.ts";
import { packJobs, unpackReplies, type Parcel, type Parsable, type ParseJob } from "./parcel.ts";
import { parseHeaderOnly } from "./parse.ts";
import type { PackedMessage } from "./types.ts";

type Content = FetchedMessage["content"];

/** The first message of a worker; those after it are parcels of replies. */
export type WorkerReady = "ready";
/** What a worker is started with. */
export interface WorkerSetup {
  /** Shared: the id of the job that it works on. */
  working: Int32Array<SharedArrayBuffer>;
}

export interface ParsePoolOptions {
  /**
   * Worker threads at most. One does nearly always (some 4,000 messages a second, and each compiles the parser for itself);
   * another is made when what waits has had no answer for a moment.
   */
  size: number;
  log: Log;
  /** Longest time for one message in milliseconds. */
  timeoutMs?: number;
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

interface Slot {
  worker: Worker;
  working: WorkerSetup["working"];
  started: boolean;
  /** Sent and not yet answered, in order. */
  tasks: Task[];
  timer: NodeJS.Timeout | undefined;
}

/** A thread has this long to load its code, in milliseconds. */
const startTimeoutMs = 30_000;
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
  readonly #slots = new Set<Slot>();
  #queue: Task[] = [];
  #waiters: (() => void)[] = [];
  #lastId = 0;
  #closed = false;
  /** Workers in a row that died before they were ready. */
  #failedStarts = 0;
  #lastAnswer = 0;
  #helpTimer: NodeJS.Timeout | undefined;

  constructor(options: ParsePoolOptions) {
    this.#options = { timeoutMs: 20_000, memoryMb: 512, workerUrl: ownWorkerUrl, ...options };
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
    if (!this.#closed && this.#slots.size === 0) this.#spawn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#helpTimer);
    const slots = [...this.#slots];
    this.#slots.clear();
    const left = [...slots.flatMap((slot) => slot.tasks), ...this.#queue];
    this.#queue = [];
    for (const slot of slots) clearTimeout(slot.timer);
    for (const task of left) task.resolve(fallback(task.content));
    for (const wake of this.#waiters.splice(0)) wake();
    await Promise.all(slots.map((slot) => slot.worker.terminate()));
  }

  /** Shared with the workers as 32 bits. */
  #newId(): number {
    this.#lastId = (this.#lastId + 1) & 0x7fff_ffff;
    return this.#lastId;
  }

  get #limit(): number {
    return this.#options.size * batchMessages * 2;
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const slot = this.#idleSlot();
      if (!slot) break;
      this.#send(slot, this.#takeBatch());
    }
    if (this.#queue.length < this.#limit) for (const wake of this.#waiters.splice(0)) wake();
    if (this.#queue.length > 0 && !this.#closed) this.#watchForHelp();
  }

  #idleSlot(): Slot | undefined {
    for (const slot of this.#slots) if (slot.tasks.length === 0) return slot;
    return this.#slots.size === 0 ? this.#spawn() : undefined;
  }

  /** While something waits: one message that takes its time does not hold up the others for longer than a moment. */
  #watchForHelp(): void {
    if (this.#helpTimer !== undefined || this.#slots.size >= this.#options.size) return;
    this.#helpTimer = setTimeout(() => {
      this.#helpTimer = undefined;
      if (this.#queue.length === 0) return;
      if (performance.now() - this.#lastAnswer >= helpAfterMs) this.#spawn();
      this.#dispatch();
    }, helpAfterMs);
  }

  /** A fair share of the queue, so that the last messages do not wait behind one worker. */
  #takeBatch(): Task[] {
    const share = Math.min(batchMessages, Math.ceil(this.#queue.length / this.#slots.size));
    let count = 0;
    for (let bytes = 0; count < share && (count === 0 || bytes < batchBytes); count++) {
      bytes += contentBytes(this.#queue[count]!.content);
    }
    return this.#queue.splice(0, count);
  }

  #send(slot: Slot, tasks: Task[]): void {
    slot.tasks = tasks;
    try {
      const parcel = packJobs(tasks.map(({ id, content }) => ({ id, content })));
      slot.worker.postMessage(parcel, [parcel.bytes.buffer]);
      this.#startClock(slot);
    } catch (error) {
      // What cannot be handed to a thread is a fault of the content; nothing else may wait behind it.
      this.#options.log.warn({ err: error }, "messages could not be handed to a parser thread; headers kept");
      for (const task of slot.tasks.splice(0)) task.resolve(fallback(task.content));
    }
  }

  #startClock(slot: Slot): void {
    clearTimeout(slot.timer);
    const ms = slot.started ? this.#options.timeoutMs : startTimeoutMs;
    const at = Atomics.load(slot.working, 0);
    // One that goes on to the next message meanwhile gets its time anew, and so twice the time at most.
    slot.timer = setTimeout(() => {
      if (slot.started && Atomics.load(slot.working, 0) !== at) this.#startClock(slot);
      else this.#lose(slot, "time cap");
    }, ms);
    slot.worker.ref();
  }

  #spawn(): Slot {
    const working = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const setup: WorkerSetup = { working };
    const worker = new Worker(this.#options.workerUrl, {
      workerData: setup,
      resourceLimits: {
        maxOldGenerationSizeMb: this.#options.memoryMb,
        maxYoungGenerationSizeMb: 16,
        stackSizeMb: 4,
      },
      env: {},
      execArgv: [],
    });
    const slot: Slot = { worker, working, started: false, tasks: [], timer: undefined };
    this.#slots.add(slot);
    worker.on("message", (said: Parcel | WorkerReady) => {
      if (said === "ready") this.#started(slot);
      else this.#receive(slot, said);
    });
    worker.on("error", (error) => this.#lose(slot, String(error)));
    worker.on("exit", (code) => this.#lose(slot, `exit ${code}`));
    worker.unref();
    return slot;
  }

  #started(slot: Slot): void {
    slot.started = true;
    this.#failedStarts = 0;
    if (slot.tasks.length > 0) this.#startClock(slot);
  }

  #receive(slot: Slot, parcel: Parcel): void {
    if (!this.#slots.has(slot)) return;
    this.#lastAnswer = performance.now();
    for (const { id, message, error } of unpackReplies(parcel)) {
      if (slot.tasks[0]?.id !== id) return this.#lose(slot, "answers out of turn");
      const task = slot.tasks.shift()!;
      if (error !== null) this.#options.log.warn({ error }, "a message could not be parsed");
      task.resolve(message ?? fallback(task.content));
    }
    if (slot.tasks.length > 0) return this.#startClock(slot);
    clearTimeout(slot.timer);
    slot.worker.unref();
    this.#dispatch();
  }

  /** The worker is gone or stuck: what it worked on is to blame, the others go back to the head of the queue. */
  #lose(slot: Slot, reason: string): void {
    if (!this.#slots.delete(slot)) return;
    clearTimeout(slot.timer);
    if (slot.started) this.#blame(slot, reason);
    else this.#failedStart(reason);
    this.#queue.unshift(...slot.tasks);
    if (this.#failedStarts >= maxFailedStarts) this.#giveUp();
    slot.worker.terminate().catch(() => undefined); // it is dead already, or dies with the process
    this.#dispatch();
  }

  #blame(slot: Slot, reason: string): void {
    const at = slot.tasks.findIndex(({ id }) => id === Atomics.load(slot.working, 0));
    const [culprit] = slot.tasks.splice(Math.max(0, at), 1);
    if (culprit === undefined) return; // it was idle
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
