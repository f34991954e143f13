/** The program's version, from its package. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

/** `package.json` stands two folders up in a clone, three in the compiled package (dist/src/app). */
const candidates = ["../../package.json", "../../../package.json"].map(
  (path) => new URL(path, import.meta.url),
);
const packageUrl = candidates.find((url) => existsSync(url)) ?? candidates[0]!;

/** The folder that holds package.json, bin/ and, in a clone, sandbox/. */
export const packageRoot: URL = new URL(".", packageUrl);

export const programVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageUrl, "utf8"))).version;
