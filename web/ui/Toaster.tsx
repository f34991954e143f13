/** Shows the toasts; errors are read out at once, the rest when there is a pause. Pointer or focus on one holds it. */
import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { cx } from "./class-names.ts";
import { toasts, type Toast } from "./toast-store.ts";

export function Toaster({ dismissLabel, regionLabel }: { dismissLabel: string; regionLabel: string }) {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.snapshot);
  return (
    <section
      aria-label={regionLabel}
      className="pointer-events-none fixed bottom-5 left-5 z-50 flex flex-col gap-2 phone:inset-x-3 phone:bottom-[calc(12px+env(safe-area-inset-bottom))]"
    >
      {shown.map((toast) => (
        <ToastItem key={toast.id} toast={toast} dismissLabel={dismissLabel} />
      ))}
    </section>
  );
}

function ToastItem({ toast, dismissLabel }: { toast: Toast; dismissLabel: string }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held || toast.durationMs === Infinity) return;
    const timer = setTimeout(() => toasts.dismiss(toast.id), toast.durationMs);
    return () => clearTimeout(timer);
  }, [held, toast]);
  return (
    <div
      role={toast.tone === "bad" ? "alert" : "status"}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex max-w-[420px] min-w-64 animate-rise items-start gap-3 rounded-m bg-ink py-2.5 pr-2 pl-4 text-s text-paper shadow-float"
    >
      <div className="min-w-0 flex-1 py-0.5">
        <p
          className={cx(
            "font-medium",
            toast.tone === "bad" && "before:mr-2 before:content-['!'] before:font-bold",
          )}
        >
          {toast.text}
        </p>
        {toast.detail !== undefined && <p className="opacity-75">{toast.detail}</p>}
      </div>
      {toast.action !== undefined && (
        <button
          type="button"
          className="rounded-s px-2 py-0.5 font-semibold underline decoration-transparent underline-offset-4 hover:decoration-current"
          onClick={() => {
            toast.action?.run();
            toasts.dismiss(toast.id);
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={dismissLabel}
        className="grid size-6 place-items-center rounded-s opacity-70 hover:opacity-100"
        onClick={() => toasts.dismiss(toast.id)}
      >
        <X size={14} />
      </button>
    </div>
  );
}
