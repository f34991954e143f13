import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { openSharedStorage } from "./storage.ts";

test("a worker without the server's database or key says which is missing, and makes neither", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "hitchpost-worker-"));
  const open = (env: NodeJS.ProcessEnv) =>
    openSharedStorage(readConfig({ HITCHPOST_DATA_DIR: dataDir, ...env }), createLog("silent"));
  try {
    await expect(open({})).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/^DATABASE_URL: /),
    });
    await expect(open({ DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/^HITCHPOST_ENCRYPTION_KEY: .*secret\.key/),
    });
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
