/**
 * Secrets at rest (refresh tokens, app passwords): AES-256-GCM, NIST SP 800-38D, a random 96-bit nonce each. The
 * additional data names workspace, column and row, so that a ciphertext moved to another row does not open.
 *
 * Stored bytes: version (1) | nonce (12) | tag (16) | ciphertext. The key's id stands in a column beside.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { HitchpostError } from "../core/errors.ts";

export interface SecretKey {
  /** Derived from the key itself: the same key has the same id everywhere. */
  id: string;
  key: Buffer;
}

/** Encrypts with `current`; reads with any of both. */
export interface KeyRing {
  current: SecretKey;
  others: readonly SecretKey[];
}

/** Where a secret stands. */
export interface SecretPlace {
  workspaceId: string;
  /** `table.column` */
  column: string;
  rowId: string;
}

export interface SealedSecret {
  keyId: string;
  secret: Buffer;
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** A key of 32 bytes with its id. */
export function secretKey(key: Buffer): SecretKey {
  if (key.length !== 32)
    throw new HitchpostError("config_invalid", `The secret key must be 32 bytes, it is ${key.length}.`);
  const id = createHash("sha256").update("hitchpost key id").update(key).digest("hex").slice(0, 16);
  return { id, key };
}

const additionalData = ({ workspaceId, column, rowId }: SecretPlace): Buffer =>
  Buffer.from(`${workspaceId}|${column}|${rowId}`, "utf8");

/** Encrypts `text` for that place. */
export function sealSecret(ring: KeyRing, place: SecretPlace, text: string): SealedSecret {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", ring.current.key, nonce);
  cipher.setAAD(additionalData(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return {
    keyId: ring.current.id,
    secret: Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]),
  };
}

/**
 * Decrypts what `sealSecret` made for the same place.
 *
 * @throws HitchpostError secret_unreadable when its key is not in the ring, or the bytes were changed or moved
 */
export function openSecret(ring: KeyRing, place: SecretPlace, { keyId, secret }: SealedSecret): string {
  const found = [ring.current, ...ring.others].find((candidate) => candidate.id === keyId);
  if (!found) throw unreadable(place, `it was encrypted with key ${keyId}, which is not at hand`);
  if (secret[0] !== version || secret.length < 1 + nonceBytes + tagBytes)
    throw unreadable(place, "its bytes are cut or of another version");
  const decipher = createDecipheriv("aes-256-gcm", found.key, secret.subarray(1, 1 + nonceBytes));
  decipher.setAAD(additionalData(place));
  decipher.setAuthTag(secret.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes));
  try {
    return (
      decipher.update(secret.subarray(1 + nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8")
    );
  } catch (cause) {
    throw unreadable(place, "its bytes were changed, or belong to another row", cause);
  }
}

const unreadable = (place: SecretPlace, reason: string, cause?: unknown): HitchpostError =>
  new HitchpostError(
    "secret_unreadable",
    `The secret ${place.column} of ${place.rowId} cannot be read: ${reason}.`,
    { cause },
  );
