/**
 * Where a run of the tests keeps what it writes: clusters of PostgreSQL, mailboxes, data directories, hundreds of files
 * each. On a disk their making costs more than the tests; in memory it costs next to nothing.
 */
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
/** A run takes some 400 MB at most; the rest is for what the tests themselves need. */
const roomBytes = 4 * 2 ** 30;

/** Files may be made and run there, and neither it nor the machine's memory is short. */
function isRoomy(): boolean {
  try {
    accessSync(memory, constants.W_OK);
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .find(([, place]) => place === memory);
    const availableKb = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
    const { bavail, bsize } = statfsSync(memory);
    return (
      mount?.[2] === "tmpfs" &&
      mount[3]?.split(",").includes("noexec") === false &&
      availableKb * 1024 > roomBytes &&
      bavail * bsize > roomBytes
    );
  } catch {
    return false; // not Linux, or not for us: the disk does, too
  }
}

/** A fresh directory that every user may enter, as PostgreSQL's and Dovecot's own must. Remove it at the end. */
export function testPlace(): string {
  const place = mkdtempSync(join(isRoomy() ? memory : tmpdir(), "hitchpost-test-"));
  chmodSync(place, 0o1777);
  return place;
}
