/** Says that the server is out of reach, after a moment: a short break needs no words. */
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import type { StreamState } from "./events/stream.ts";
import { useTexts } from "./i18n.ts";

/** How long the stream may be away before it is said, in ms. */
const graceMs = 4_000;

export function OfflineNotice({ connection }: { connection: StreamState }) {
  const { t } = useTexts();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(connection !== "live"), connection === "live" ? 0 : graceMs);
    return () => clearTimeout(timer);
  }, [connection]);
  if (!late) return null;
  return (
    <output className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-1.5 text-s text-warn">
      <WifiOff size={15} aria-hidden className="shrink-0" />
      <span>
        <b className="font-semibold">{t("app.offline.title")}</b> · {t("app.offline.text")}
      </span>
    </output>
  );
}
