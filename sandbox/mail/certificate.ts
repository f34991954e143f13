/**
 * The sandbox's own certificate for `localhost`, made once. Node cannot issue X.509 certificates
 * itself, so it takes the `openssl` command; without one there is no TLS.
 */
import { execFile } from "node:child_process";
import { chmod, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export type Certificate = {
  key: string;
  cert: string;
  /** The file a client must trust. */
  caFile: string;
};

const run = promisify(execFile);

/** Reads, or makes and keeps, the certificate in `dataDir`; null where there is no `openssl`. */
export async function sandboxCertificate(dataDir: string): Promise<Certificate | null> {
  const caFile = join(dataDir, "certificate.pem");
  const keyFile = join(dataDir, "certificate-key.pem");
  const kept = await readPair(keyFile, caFile);
  if (kept) return kept;
  const made = { key: `${keyFile}.new`, cert: `${caFile}.new` };
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  const lifetime = ["-days", "3650", "-subj", "/CN=localhost", "-addext", names];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    await run("openssl", [...kind, "-keyout", made.key, "-out", made.cert, ...lifetime]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  await chmod(made.key, 0o600);
  await rename(made.key, keyFile);
  await rename(made.cert, caFile);
  return readPair(keyFile, caFile);
}

async function readPair(keyFile: string, caFile: string): Promise<Certificate | null> {
  try {
    const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(caFile, "utf8")]);
    return { key, cert, caFile };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
