/** A promise taken out of the product for a run: a piece of one source file is replaced as the file is loaded. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

export interface Removal {
  /** The promise, in plain words. */
  promise: string;
  edits: readonly { /** From the repository's root. */ file: string; from: string; to: string }[];
}

const rootUrl = new URL("../../../", import.meta.url).href;

/** @throws Error when the source is not as the removal knows it: then it would remove nothing, and nobody would notice */
export function assertFits({ edits, promise }: Removal): void {
  for (const { file, from } of edits) {
    const source = readFileSync(new URL(file, rootUrl), "utf8");
    const times = source.split(from).length - 1;
    if (times !== 1)
      throw new Error(`without ${promise}: ${file} holds the piece to remove ${times} times, not once`);
  }
}

/** Call it before the product's modules are imported. */
export function remove(removal: Removal): void {
  assertFits(removal);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const edits = removal.edits.filter(({ file }) => url === `${rootUrl}${file}`);
      if (edits.length === 0 || loaded.source === null || loaded.source === undefined) return loaded;
      const source = edits.reduce(
        (text, { from, to }) => text.replace(from, () => to),
        readText(loaded.source),
      );
      return { ...loaded, source };
    },
  });
}

const readText = (source: string | ArrayBuffer | NodeJS.TypedArray): string =>
  typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
