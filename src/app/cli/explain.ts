/** `hitchpost explain`: an error text from any program → the findings that fit. Contacts nothing, keeps nothing. */
import { open } from "node:fs/promises";
import { textOfBytes } from "../../connect/doctor/answer-text.ts";
import { explain, explainKinds, explainSteps, type Explained } from "../../connect/doctor/explain.ts";
import type { Language } from "../../connect/findings/types.ts";
import { CommandError, exitCodes } from "./exit.ts";

interface ExplainOptions {
  step?: (typeof explainSteps)[number];
  kind?: (typeof explainKinds)[number];
  lang: Language;
  json?: boolean;
}

/** More is no error text; the rest is left unread. */
const mostBytes = 16_000_000;

/** @param file a path; `-` or nothing: standard input */
export async function explainCommand(file: string | undefined, options: ExplainOptions): Promise<void> {
  const { step = null, kind = null, lang: language } = options;
  const text = textOfBytes(await bytesOf(file));
  if (text.trim() === "")
    throw new CommandError(
      exitCodes.usage,
      "there is no text to explain.",
      "hitchpost explain FILE, or … | hitchpost explain -",
    );
  const findings = explain({ text, step, kind, language });
  process.stdout.write(options.json === true ? `${JSON.stringify({ findings })}\n` : inWords(findings));
  if (findings.every(({ code }) => code === "unknown")) process.exitCode = exitCodes.failed;
}

async function bytesOf(file: string | undefined): Promise<Uint8Array> {
  if (file === undefined || file === "-") return standardInput();
  try {
    const handle = await open(file);
    try {
      return await firstBytes(handle.createReadStream({ autoClose: false }));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CommandError(
      exitCodes.usage,
      `${file} cannot be read: ${whyUnread(error)}.`,
      "Name a file, or - for standard input.",
    );
  }
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES" || code === "EPERM") return "it may not be opened by this user";
  return error instanceof Error ? error.message : String(error);
}

async function standardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) process.stderr.write("Paste the error text, then Ctrl-D:\n");
  const bytes = await firstBytes(process.stdin);
  process.stdin.destroy(); // who writes may never end
  return bytes;
}

async function firstBytes(from: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of from) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= mostBytes) break;
  }
  return Buffer.concat(chunks);
}

const inWords = (findings: readonly Explained[]): string =>
  findings
    .map(({ code, confidence, title, fix }) => {
      const sure = code === "unknown" ? "" : ` · ${Math.round(confidence * 100)} %`;
      return `${title}  (${code}${sure})\n  ${fix}\n`;
    })
    .join("\n");
