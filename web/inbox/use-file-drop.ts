/** Takes files that are dropped on an element; an editor inside that has taken them already keeps them. */
import { useEffect, useRef, type RefObject } from "react";

export function useFileDrop(onFiles: (files: Iterable<File>) => void): RefObject<HTMLElement | null> {
  const zone = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = zone.current;
    if (element === null) return;
    const onOver = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      const files = event.dataTransfer?.files;
      if (event.defaultPrevented || files === undefined || files.length === 0) return;
      event.preventDefault();
      onFiles([...files]);
    };
    element.addEventListener("dragover", onOver);
    element.addEventListener("drop", onDrop);
    return () => {
      element.removeEventListener("dragover", onOver);
      element.removeEventListener("drop", onDrop);
    };
  }, [onFiles]);
  return zone;
}
