/**
 * How much of a message is read as its text; what is beyond is described as attachments. The same for a whole source and
 * for a listed structure, so that a message has the same attachments whichever way it came.
 */
const maxTextParts = 64;
/** Encoded octets of all text parts after the first. */
const maxTextBytes = 4 * 1024 * 1024;

export class TextBudget {
  #parts = 0;
  #bytes = 0;

  /** True when a text part of so many octets still belongs to the text; it is counted then. */
  takes(sizeBytes: number): boolean {
    if (this.#parts > 0 && (this.#parts >= maxTextParts || this.#bytes + sizeBytes > maxTextBytes))
      return false;
    this.#parts++;
    this.#bytes += sizeBytes;
    return true;
  }
}
