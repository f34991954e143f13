/** A folder's name as an argument: modified UTF-7, or UTF-8 as some clients send it all the same. */
import { decodeModifiedUtf7 } from "./modified-utf7.ts";
import { unicodeOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** The name in Unicode; throws BadCommand when the argument is missing or a list. */
export function folderNameOf(token: Token | undefined): string {
  return decodeModifiedUtf7(unicodeOf(token));
}
