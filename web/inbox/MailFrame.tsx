/**
 * An e-mail's HTML in a frame without scripts, from its own address with its own policy (the page's would lose its
 * styles). As high as its content; keys pressed inside are passed on, so that shortcuts work there too.
 */
import { useEffect, useRef, useState } from "react";
import { Skeleton } from "../ui/Skeleton.tsx";
import { handFontsOver } from "./mail-fonts.ts";

/** No mail is shown higher than this: some are made to grow without end. Beyond it the frame scrolls. */
const maxPx = 20_000;

function contentHeight(page: Document): number {
  const { documentElement, body } = page;
  if (body === null) return 0;
  const box = documentElement.getBoundingClientRect().height;
  return Math.min(maxPx, Math.ceil(Math.max(box, body.getBoundingClientRect().bottom)));
}

function passOn(event: KeyboardEvent): void {
  const copy = new KeyboardEvent("keydown", event);
  if (!document.dispatchEvent(copy)) event.preventDefault();
}

export function MailFrame({ src, title }: { src: string; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState<number | null>(null);
  const [loads, setLoads] = useState(0);

  useEffect(() => {
    const page = frame.current?.contentDocument;
    if (loads === 0 || page === null || page === undefined) return;
    const measure = () => setHeight(contentHeight(page));
    void handFontsOver(page).then(measure);
    const observer = new ResizeObserver(measure);
    observer.observe(page.documentElement);
    if (page.body !== null) observer.observe(page.body);
    page.addEventListener("toggle", measure, true);
    page.addEventListener("keydown", passOn);
    measure();
    return () => {
      observer.disconnect();
      page.removeEventListener("toggle", measure, true);
      page.removeEventListener("keydown", passOn);
    };
  }, [loads]);

  return (
    <div className="relative">
      {height === null && (
        <div className="absolute inset-x-0 top-2 flex flex-col gap-2.5">
          <Skeleton className="h-3.5 w-11/12" />
          <Skeleton className="h-3.5 w-4/5" />
          <Skeleton className="h-3.5 w-2/5" />
        </div>
      )}
      <iframe
        ref={frame}
        src={src}
        title={title}
        // allow-same-origin lets this page measure it; without allow-scripts nothing inside can run.
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        onLoad={() => setLoads((count) => count + 1)}
        className="block w-full border-0 bg-transparent"
        style={{ height: height ?? 96, opacity: height === null ? 0 : 1 }}
      />
    </div>
  );
}
