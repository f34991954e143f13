/** What is said in the corner for a moment. A plain store, so that code outside components may speak too. */
export interface ToastAction {
  label: string;
  run: () => void;
}

export interface Toast {
  id: number;
  text: string;
  detail: string | undefined;
  tone: "plain" | "bad";
  action: ToastAction | undefined;
  /** How long it stays, in ms; Infinity: until dismissed. */
  durationMs: number;
}

export interface ToastOptions {
  detail?: string | undefined;
  tone?: "plain" | "bad";
  action?: ToastAction | undefined;
  durationMs?: number;
}

export class ToastStore {
  #toasts: readonly Toast[] = [];
  #nextId = 1;
  readonly #listeners = new Set<() => void>();

  /**
   * Says something; returns the id that `dismiss` takes. At most three stand at a time: the oldest goes. The same words
   * once more take the place of the first.
   */
  show(text: string, options: ToastOptions = {}): number {
    const tone = options.tone ?? "plain";
    const toast: Toast = {
      id: this.#nextId++,
      text,
      detail: options.detail,
      tone,
      action: options.action,
      durationMs: options.durationMs ?? (tone === "bad" ? 10_000 : 5_000),
    };
    const others = this.#toasts.filter(
      (shown) => shown.text !== text || shown.detail !== toast.detail || toast.action !== undefined,
    );
    this.#set([...others, toast].slice(-3));
    return toast.id;
  }

  dismiss(id: number): void {
    this.#set(this.#toasts.filter((toast) => toast.id !== id));
  }

  readonly snapshot = (): readonly Toast[] => this.#toasts;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(toasts: readonly Toast[]): void {
    this.#toasts = toasts;
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new ToastStore();
