/** Says what was done and offers to take it back for a while, by the notice's button or by `z`. */
import { toasts } from "../ui/toast-store.ts";
import { undoStack, type Undoable } from "./undo-stack.ts";

/** How long it is offered where nothing else sets an end, in ms. */
export const undoMs = 8_000;

export interface UndoOffer {
  text: string;
  /** On the button. */
  label: string;
  durationMs?: number;
  run: () => void;
}

/** @returns withdraws the offer */
export function offerUndo({ text, label, durationMs = undoMs, run }: UndoOffer): () => void {
  const withdraw = () => {
    undoStack.forget(entry);
    toasts.dismiss(toastId);
  };
  const entry: Undoable = {
    run: () => {
      toasts.dismiss(toastId);
      run();
    },
  };
  undoStack.push(entry);
  setTimeout(() => undoStack.forget(entry), durationMs);
  const toastId = toasts.show(text, { durationMs, action: { label, run: () => undoStack.undo(entry) } });
  return withdraw;
}
