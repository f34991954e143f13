/**
 * The sandbox's own keys: one RSA key that signs tokens and one secret for cookies and opaque
 * tokens. Kept in a file only its owner can read, so that tokens stay valid across restarts.
 */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Keys = {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** For HMACs over cookies and opaque access tokens. */
  secret: Buffer;
};

/** Reads the keys of this data directory, making them at the first start. */
export function loadKeys(dataDir: string): Keys {
  const file = join(dataDir, "identity-keys.json");
  if (!existsSync(file)) writeNewKeys(file);
  const stored: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isStoredKeys(stored))
    throw new Error(`${file} does not hold the sandbox's keys; delete it to make new ones`);
  const privateKey = createPrivateKey(stored.privateKeyPem);
  return {
    kid: stored.kid,
    privateKey,
    publicKey: createPublicKey(privateKey),
    secret: Buffer.from(stored.secret, "base64url"),
  };
}

type StoredKeys = { kid: string; privateKeyPem: string; secret: string };

function isStoredKeys(value: unknown): value is StoredKeys {
  if (typeof value !== "object" || value === null) return false;
  return ["kid", "privateKeyPem", "secret"].every((name) => typeof Reflect.get(value, name) === "string");
}

function writeNewKeys(file: string): void {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stored: StoredKeys = {
    kid: randomBytes(20).toString("base64url"),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    secret: randomBytes(32).toString("base64url"),
  };
  // Written aside and renamed: a start that is cut short leaves no half file behind.
  writeFileSync(`${file}.new`, JSON.stringify(stored), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
