/**
 * The key that encrypts secrets: from the configuration (base64), or a key file that the first start makes with mode
 * 0600. It stays out of backups. One key a line, the current one first; older ones below are kept for reading.
 */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { HitchpostError } from "../core/errors.ts";
import { secretKey, type KeyRing, type SecretKey } from "./secrets.ts";

export interface KeySource {
  /** Keys of the configuration in base64, the current one first, parted by commas or white space. */
  configured?: string | undefined;
  /** The key file; made when it is missing and nothing is configured. */
  file: string;
}

/**
 * The key ring for this installation.
 *
 * @throws HitchpostError config_invalid for a key that is not 32 bytes of base64
 */
export async function loadKeyRing({ configured, file }: KeySource): Promise<KeyRing> {
  if (configured) return parseKeyRing(configured);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new HitchpostError("config_invalid", `The key file ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  const place = `The key file ${file}`;
  if (text !== null) return parseKeyRing(text, place);
  await writeNew(file, `${newKeyText()}\n`);
  return parseKeyRing(await readFile(file, "utf8"), place);
}

/** Puts a new key first in the key file, the older ones behind it; `rotateSecrets` then encrypts anew. */
export async function addKey(file: string): Promise<KeyRing> {
  const text = `${newKeyText()}\n${await readFile(file, "utf8")}`;
  const aside = `${file}.new`;
  await rm(aside, { force: true });
  await writeNew(aside, text);
  await rename(aside, file);
  return parseKeyRing(text);
}

/** Parses keys in base64, the current one first. @param place where they stand, for the error */
export function parseKeyRing(text: string, place = "HITCHPOST_ENCRYPTION_KEY"): KeyRing {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => parseKey(part, place));
  const [current, ...others] = keys;
  if (!current)
    throw new HitchpostError(
      "config_invalid",
      `${place}: no key stands in it. Put back the one it was; without it no stored sign-in can be read.`,
    );
  return { current, others };
}

function parseKey(text: string, place: string): SecretKey {
  const key = Buffer.from(text, "base64");
  if (!/^[A-Za-z0-9+/_=-]+$/.test(text) || key.length !== 32) {
    throw new HitchpostError(
      "config_invalid",
      `${place}: a key must be 32 bytes in base64 (openssl rand -base64 32).`,
    );
  }
  return secretKey(key);
}

const newKeyText = (): string => randomBytes(32).toString("base64");

/** Writes a file that was not there, readable by us only, safe against a kill in the middle and a second process. */
async function writeNew(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${randomBytes(4).toString("hex")}`;
  const handle = await open(aside, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(aside, 0o600);
  // link, not rename: it fails when another process was first, whose key must not be overwritten.
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(aside);
}
