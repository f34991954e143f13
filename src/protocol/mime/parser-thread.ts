/**
 * One worker thread of the pool: what it was sent and has not answered, and its clocks.
 *
 * States: starting → idle ⇄ busy (one batch or two, the message at work on the clock) → gone. Stalled is a busy one that has
 * not answered for a moment: what waits behind the message at work can be withdrawn for another thread.
 */
import { Worker } from "node:worker_threads";
import { packJobs, unpackReplies, type Parcel, type ParseJob, type ParseReply } from "./parcel.ts";

/** The first message of a thread; those after it are parcels of replies. */
export type WorkerReady = "ready";
/** What a thread is started with. */
export interface WorkerSetup {
  /** Shared: the id of the job that it works on. */
  working: Int32Array<SharedArrayBuffer>;
  /** Somebody waits for all that it gets. */
  reserved: boolean;
}

export interface ThreadOptions<Task> {
  workerUrl: URL;
  /** Heap in MiB. */
  memoryMb: number;
  /** Longest time for one message in milliseconds. */
  timeoutMs: number;
  /** Kept for what is urgent. */
  reserved: boolean;
  /** The first task has its reply. */
  onReply(task: Task, reply: ParseReply): void;
  /** All replies that came together were given to `onReply`. */
  onReplies(): void;
  onReady(): void;
  /** It died or was given up; `tasks` are left over. */
  onGone(reason: string): void;
}

/** A thread has this long to load its code, in milliseconds. */
const startTimeoutMs = 30_000;

export class ParserThread<Task extends ParseJob> {
  /** Sent and not yet answered, in order. */
  tasks: Task[] = [];
  started = false;
  readonly reserved: boolean;
  /** It waits for its message at work to end: nothing more is to be sent. */
  stalled = false;
  readonly #options: ThreadOptions<Task>;
  readonly #worker: Worker;
  readonly #working: WorkerSetup["working"];
  /** Ids that another thread has taken over; it answers them all the same. */
  readonly #withdrawn = new Set<number>();
  #gone = false;
  #lastAnswer = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ThreadOptions<Task>) {
    this.#options = options;
    this.#working = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.reserved = options.reserved;
    const setup: WorkerSetup = { working: this.#working, reserved: options.reserved };
    this.#worker = new Worker(options.workerUrl, {
      workerData: setup,
      resourceLimits: {
        maxOldGenerationSizeMb: options.memoryMb,
        maxYoungGenerationSizeMb: 16,
        stackSizeMb: 4,
      },
      env: {},
      execArgv: [],
    });
    this.#worker.on("message", (said: Parcel | WorkerReady) => {
      if (said === "ready") this.#begin();
      else this.#receive(said);
    });
    this.#worker.on("error", (error) => this.#lose(String(error)));
    this.#worker.on("exit", (code) => this.#lose(`exit ${code}`));
    this.#worker.unref();
  }

  /** @throws what the content of a task is to blame for: none of them was sent */
  send(tasks: readonly Task[]): void {
    const parcel = packJobs(tasks.map(({ id, content }) => ({ id, content })));
    this.#worker.postMessage(parcel, [parcel.bytes.buffer]);
    const wasIdle = this.tasks.length === 0;
    this.tasks.push(...tasks);
    if (!wasIdle) return;
    this.#lastAnswer = performance.now();
    this.#startClock();
  }

  /** For how long it has been busy without an answer, in milliseconds; 0 for one that only starts. */
  silentMs(): number {
    return this.started && this.tasks.length > 0 ? performance.now() - this.#lastAnswer : 0;
  }

  /** What waits behind the message at work. Its own answers to that are passed over. */
  withdraw(): Task[] {
    const behind = this.tasks.splice(Math.max(0, this.#atWork()) + 1);
    for (const { id } of behind) this.#withdrawn.add(id);
    this.stalled = true;
    return behind;
  }

  /** The message that it works on, out of what is left; undefined when that is none of the tasks. */
  takeCulprit(): Task | undefined {
    if (this.#withdrawn.has(Atomics.load(this.#working, 0))) return undefined;
    return this.tasks.splice(Math.max(0, this.#atWork()), 1)[0];
  }

  /** Calls `end` when it had nothing to do for so long. */
  restUntil(ms: number, end: () => void): void {
    this.#timer = setTimeout(end, ms).unref();
  }

  async end(): Promise<void> {
    this.#gone = true;
    clearTimeout(this.#timer);
    await this.#worker.terminate();
  }

  #atWork(): number {
    const id = Atomics.load(this.#working, 0);
    return this.tasks.findIndex((task) => task.id === id);
  }

  #begin(): void {
    this.started = true;
    this.#lastAnswer = performance.now();
    this.#options.onReady();
    if (this.tasks.length > 0) this.#startClock();
  }

  #startClock(): void {
    clearTimeout(this.#timer);
    const ms = this.started ? this.#options.timeoutMs : startTimeoutMs;
    const at = Atomics.load(this.#working, 0);
    // One that goes on to the next message meanwhile gets its time anew, and so twice the time at most.
    this.#timer = setTimeout(() => {
      if (this.started && Atomics.load(this.#working, 0) !== at) this.#startClock();
      else this.#lose("time cap");
    }, ms);
    this.#worker.ref();
  }

  #receive(parcel: Parcel): void {
    if (this.#gone) return;
    this.#lastAnswer = performance.now();
    this.stalled = false;
    for (const reply of unpackReplies(parcel)) {
      if (this.#withdrawn.delete(reply.id)) continue;
      if (this.tasks[0]?.id !== reply.id) return this.#lose("answers out of turn");
      this.#options.onReply(this.tasks.shift()!, reply);
    }
    if (this.tasks.length > 0) this.#startClock();
    else {
      clearTimeout(this.#timer);
      this.#worker.unref();
    }
    this.#options.onReplies();
  }

  /** The thread is gone or stuck. */
  #lose(reason: string): void {
    if (this.#gone) return;
    this.end().catch(() => undefined); // it is dead already, or dies with the process
    this.#options.onGone(reason);
  }
}
