/**
 * One stream of events a browser, however many tabs: HTTP/1.1 allows six connections to a host, and a stream holds one.
 *
 *   follower --lock granted--> leader (holds the stream, tells the others by BroadcastChannel)
 *   leader   --tab closed----> lock passes to the next follower, which opens the stream anew
 *
 * States told: `live`, `waiting` (the stream is being opened or opened again). After a gap, `onGap` says: read anew.
 */
import { eventNames, parseEvent, type ServerEvent } from "./server-event.ts";

export type StreamState = "waiting" | "live";

export interface StreamListener {
  onEvent: (event: ServerEvent) => void;
  /** Events may have been missed: the leader changed, or the stream was down. */
  onGap: () => void;
  onState: (state: StreamState) => void;
  /** The server has refused the stream, in this tab: perhaps nobody is signed in any more. */
  onRefused: () => void;
}

type ChannelMessage =
  | { kind: "event"; event: ServerEvent }
  | { kind: "state"; state: StreamState }
  | { kind: "gap" }
  | { kind: "refused" }
  | { kind: "hello" };

/** To the other tabs of this browser. */
const send = (channel: BroadcastChannel, message: ChannelMessage): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has one origin by its nature
  channel.postMessage(message);
};

const lockName = "hitchpost.events";
/** Pauses between tries after the server has refused the stream, in ms. */
const retryMs = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Follows the stream until the signal fires. */
export function followEvents(listener: StreamListener, signal: AbortSignal): void {
  const channel = new BroadcastChannel(lockName);
  let leading: StreamState | null = null;
  /** Another tab led before: between its end and our opening, events were missed. */
  let followed = false;
  channel.addEventListener("message", ({ data }: MessageEvent<ChannelMessage>) => {
    if (data.kind === "event") listener.onEvent(data.event);
    else if (data.kind === "state") {
      followed = true;
      listener.onState(data.state);
    } else if (data.kind === "gap") listener.onGap();
    else if (data.kind === "hello" && leading !== null) send(channel, { kind: "state", state: leading });
  });
  const tell = (message: ChannelMessage) => {
    send(channel, message);
    if (message.kind === "event") listener.onEvent(message.event);
    if (message.kind === "gap") listener.onGap();
    if (message.kind === "refused") listener.onRefused();
    if (message.kind === "state") {
      leading = message.state;
      listener.onState(message.state);
    }
  };
  send(channel, { kind: "hello" });
  signal.addEventListener("abort", () => channel.close(), { once: true });
  // Without Web Locks (a page on plain http is no secure context) every tab has its own stream: worse, but it works.
  if (navigator.locks === undefined) {
    void lead(tell, signal, false);
    return;
  }
  navigator.locks
    // Granted just as the listener left: to lead now would hold the lock for ever, and nobody would hear anything.
    .request(lockName, { signal }, () => (signal.aborted ? undefined : lead(tell, signal, followed)))
    .catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
}

/** Holds the stream until the signal fires. EventSource reconnects by itself, with Last-Event-ID, unless it is refused. */
function lead(tell: (message: ChannelMessage) => void, signal: AbortSignal, resumed: boolean): Promise<void> {
  return new Promise<void>((resolve) => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let opened = resumed;
    const open = () => {
      source = new EventSource("/v1/events");
      source.addEventListener("open", () => {
        // After any break the screens read anew: cheaper than proving that nothing was missed.
        if (opened) tell({ kind: "gap" });
        opened = true;
        failures = 0;
        tell({ kind: "state", state: "live" });
      });
      source.addEventListener("error", () => {
        tell({ kind: "state", state: "waiting" });
        if (source?.readyState !== EventSource.CLOSED) return;
        tell({ kind: "refused" });
        timer = setTimeout(open, retryMs[Math.min(failures, retryMs.length - 1)]);
        failures += 1;
      });
      for (const name of eventNames) {
        source.addEventListener(name, (message: MessageEvent<string>) => {
          const event = parseEvent(name, message.data);
          if (event !== null) tell({ kind: "event", event });
        });
      }
    };
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        source?.close();
        resolve();
      },
      { once: true },
    );
    open();
  });
}
