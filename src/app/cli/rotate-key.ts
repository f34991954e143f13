/** `hitchpost rotate-key`: a new key for secrets at rest; every stored sign-in is encrypted anew. The server must be stopped. */
import { addKey, loadKeyRing } from "../../store/key-file.ts";
import { HitchpostError } from "../../core/errors.ts";
import { countUnreadable, rotateSecrets } from "../../store/rotate-secrets.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { assertDatabaseHere, keyFile, openDatabase } from "../storage.ts";

export async function rotateKeyCommand(options: { json?: boolean }): Promise<void> {
  const config = readConfig();
  await assertDatabaseHere(config);
  const database = await openDatabase(config, createLog(config.logLevel));
  try {
    const file = keyFile(config.dataDir);
    await loadKeyRing({ configured: config.encryptionKey ?? undefined, file });
    // With a key of the configuration, the operator has put the new one first already.
    const ring =
      config.encryptionKey === null
        ? await addKey(file)
        : await loadKeyRing({ configured: config.encryptionKey, file });
    const secrets = await rotateSecrets(database.pool, ring);
    const unreadable = await countUnreadable(database.pool, ring);
    if (unreadable > 0) {
      throw new HitchpostError(
        "secret_unreadable",
        `${secrets} secrets are encrypted with the new key, but ${unreadable} were made with a key that is not here; they stay as they are.`,
      );
    }
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ secrets, keyId: ring.current.id })}\n`
        : `${secrets} secrets are encrypted with the new key ${ring.current.id}. People sign in anew; mailboxes go on.\n`,
    );
  } finally {
    await database.close();
  }
}
