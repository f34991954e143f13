/** A process of its own that holds bare idle TLS sockets: `bare-crowd.ts PORT CA-FILE PASSWORD COUNT`; connects when it reads a line. */
import { readFileSync } from "node:fs";
import { idleBarely } from "./bare-imap.ts";

const [port, caFile, password, count] = process.argv.slice(2);
const ca = readFileSync(caFile!, "utf8");
const open = async (n: number): Promise<void> => {
  await idleBarely({
    port: Number(port),
    user: `idle${n}`,
    password: password!,
    ca,
    commands: ["EXAMINE INBOX"],
  });
};
const atOnce = 8;
process.stdout.write("begun\n");
process.stdin.once("data", () => void connectAll());

async function connectAll(): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < Number(count)) await open(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  process.stdout.write("connected\n");
}
