import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { personas } from "../../personas.ts";
import { ImapProbe, signedIn, startTestMail, xoauth2 } from "../test-mail.ts";
import type { TestMail } from "../test-mail.ts";

let mail: TestMail;
const open: ImapProbe[] = [];

beforeAll(async () => {
  const [first] = personas;
  if (!first) throw new Error("no persona");
  const off = { ...first, id: "imap-off", address: "imap-off@outlook.example" };
  mail = await startTestMail({ personas: [...personas, off] });
});
afterEach(() => {
  for (const probe of open.splice(0)) probe.close();
});
afterAll(() => mail.stop());

async function greeted(): Promise<ImapProbe> {
  const probe = new ImapProbe(mail.imapPort);
  open.push(probe);
  await probe.until(/ready.*\r\n/);
  return probe;
}

async function reader(address = "well@outlook.example"): Promise<ImapProbe> {
  const probe = await signedIn(mail, address);
  open.push(probe);
  return probe;
}

const deliver = (subject: string): void =>
  mail.store.deliver({ to: ["well@outlook.example"], raw: Buffer.from(`Subject: ${subject}\r\n\r\nhi\r\n`) });

describe("signing in", () => {
  test("capabilities before and after", async () => {
    const probe = await greeted();
    expect(await probe.command("CAPABILITY")).toBe(
      "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+\r\nT OK CAPABILITY completed.\r\n",
    );
    const user = "well@outlook.example";
    expect(await probe.command(`AUTHENTICATE XOAUTH2 ${xoauth2(user, user)}`)).toBe(
      "T OK AUTHENTICATE completed.\r\n",
    );
    const after = await probe.command("CAPABILITY");
    expect(after).toContain(" MOVE ");
    expect(after).not.toMatch(/CONDSTORE|QRESYNC|SPECIAL-USE/);
  });

  test("XOAUTH2 with a continuation", async () => {
    const probe = await greeted();
    probe.write("a AUTHENTICATE XOAUTH2\r\n");
    await probe.until(/^\+ \r\n/);
    probe.write(`${xoauth2("Well@Outlook.example", "well@outlook.example")}\r\n`);
    expect(await probe.until(/a .*\r\n/)).toContain("a OK");
  });

  test.each([
    ["garbage", "nothing"],
    ["another user's token", "other@outlook.example"],
    ["a token for Graph", "well@outlook.example|IMAP.AccessAsUser.All|https://graph.microsoft.com"],
    ["a token without the scope", "well@outlook.example|SMTP.Send"],
    ["an expired token", "well@outlook.example|||-1"],
  ])("%s gets the challenge, then NO", async (_, token) => {
    const probe = await greeted();
    probe.write(`a AUTHENTICATE XOAUTH2 ${xoauth2("well@outlook.example", token)}\r\n`);
    const challenge = await probe.until(/^\+ .*\r\n/);
    expect(JSON.parse(Buffer.from(challenge.slice(2), "base64").toString())).toMatchObject({ status: "400" });
    probe.write("\r\n");
    expect(await probe.until(/a .*\r\n/)).toBe("a NO AUTHENTICATE failed.\r\n");
  });

  test("passwords are for those who may", async () => {
    const probe = await greeted();
    expect(await probe.command("LOGIN well@outlook.example sandbox")).toBe(
      "T NO [AUTHENTICATIONFAILED] LogonDenied-BasicAuthBlocked-<UserType:OutlookCom>\r\n",
    );
    expect(await probe.command("LOGIN password@outlook.example wrong")).toBe("T NO LOGIN failed.\r\n");
    expect(await probe.command("SELECT Inbox")).toBe("T BAD Command received in Invalid state.\r\n");
    expect(await probe.command('LOGIN "password@outlook.example" {7+}\r\nsandbox')).toBe(
      "T OK LOGIN completed.\r\n",
    );
  });

  test("a token's end ends the session", async () => {
    const probe = await greeted();
    const token = "well@outlook.example|||0.3";
    await probe.command(`AUTHENTICATE XOAUTH2 ${xoauth2("well@outlook.example", token)}`);
    probe.write("i IDLE\r\n");
    expect(await probe.until(/BYE.*\r\n/)).toContain("* BYE Session invalidated - AccessTokenExpired\r\n");
  });

  test("authenticated but not connected", async () => {
    const probe = await greeted();
    const user = "imap-off@outlook.example";
    expect(await probe.command(`AUTHENTICATE XOAUTH2 ${xoauth2(user, user)}`)).toContain("T OK");
    expect(await probe.command("NAMESPACE")).toBe("T BAD User is authenticated but not connected.\r\n");
  });

  test("the 21st connection of a mailbox is not connected, until another one ends", async () => {
    const probes = [];
    for (let count = 0; count < 20; count++) probes.push(await reader("other@outlook.example"));
    const last = await reader("other@outlook.example");
    expect(await last.command("NOOP")).toContain("not connected");
    expect(await probes[0]?.command("LOGOUT")).toContain("* BYE");
    expect(await (await reader("other@outlook.example")).command("NOOP")).toBe("T OK NOOP completed.\r\n");
  });
});

describe("malformed input", () => {
  test.each([
    ["NONSENSE", "BAD Command Error. 12"],
    ["SELECT", "BAD Command Argument Error. 11"],
    ["SELECT (a", "BAD Command Argument Error. 11"],
    ["UID NOOP", "BAD Command Error. 12"],
    ["constructor", "BAD Command Error. 12"],
    ["STATUS Inbox (NOTHING)", "BAD Command Argument Error. 11"],
    [`LIST "" ${"x".repeat(20_000)}`, "BAD Command Argument Error. 11"],
    ["SELECT Nowhere", "NO Mailbox doesn't exist, or you have no right to open it."],
  ])("malformed command %#", async (command, answer) => {
    expect(await (await reader()).command(command)).toBe(`T ${answer}\r\n`);
  });

  test("a line without a command", async () => {
    const probe = await reader();
    probe.write("\r\n");
    expect(await probe.until(/BAD.*\r\n/)).toBe("* BAD Command Error. 12\r\n");
  });
});

describe("folders", () => {
  test("localized names in modified UTF-7, found again by it", async () => {
    const probe = await reader("password@outlook.example");
    expect(await probe.command('CREATE "Entw&APw-rfe/Neu &- Alt"')).toBe("T OK CREATE completed.\r\n");
    const list = await probe.command('LIST "" "Entw*"');
    expect(list).toContain('* LIST (\\HasChildren) "/" Entw&APw-rfe\r\n');
    expect(list).toContain('* LIST (\\HasNoChildren) "/" "Entw&APw-rfe/Neu &- Alt"\r\n');
    expect(await probe.command('LIST "" "Entw%"')).not.toContain("Neu");
    expect(await probe.command("DELETE Entw&APw-rfe")).toContain("T NO");
    expect(await probe.command("RENAME Entw&APw-rfe Alt")).toBe("T OK RENAME completed.\r\n");
    expect(await probe.command('LIST "" "Alt/*"')).toContain('"Alt/Neu &- Alt"');
    expect(await probe.command('DELETE "Alt/Neu &- Alt"')).toBe("T OK DELETE completed.\r\n");
    expect(await probe.command("DELETE Sent")).toContain("T NO [CANNOT]");
    expect(await probe.command("SELECT inbox")).toContain("[READ-WRITE]");
  });

  test("a folder made anew has another UIDVALIDITY", async () => {
    const probe = await reader();
    const validity = async (): Promise<string | undefined> =>
      /UIDVALIDITY (\d+)/.exec(await probe.command("STATUS Again (UIDVALIDITY)"))?.[1];
    await probe.command("CREATE Again");
    const first = await validity();
    await probe.command("DELETE Again");
    await probe.command("CREATE Again");
    expect(Number(await validity())).toBeGreaterThan(Number(first));
  });
});

describe("messages", () => {
  test("APPEND, FETCH, STORE, COPY, MOVE and EXPUNGE keep the numbers right", async () => {
    const probe = await reader();
    await probe.command("CREATE Work");
    await probe.command("SELECT Work");
    for (const subject of ["one", "two", "three"]) {
      const text = `Subject: ${subject}\r\n\r\nx`;
      const answer = await probe.command(`APPEND Work (\\Flagged) {${text.length}+}\r\n${text}`);
      expect(answer).toMatch(/\* \d EXISTS\r\nT OK \[APPENDUID \d+ \d\] APPEND completed\.\r\n$/);
    }
    expect(await probe.command("FETCH 1 (UID BODY[])")).toContain("FLAGS (\\Seen \\Flagged)");
    expect(await probe.command("STORE 1 -FLAGS (\\Seen)")).toContain("* 1 FETCH (FLAGS (\\Flagged))\r\n");
    expect(await probe.command("UID STORE 1 +FLAGS.SILENT (\\Deleted $Nonsense)")).toBe(
      "T OK STORE completed.\r\n",
    );
    expect(await probe.command("COPY 2:3 Archive")).toMatch(
      /^T OK \[COPYUID \d+ 2:3 1:2\] COPY completed\.\r\n$/,
    );
    expect(await probe.command("UID MOVE 2 Archive")).toMatch(
      /^\* OK \[COPYUID \d+ 2 3\]\r\n\* 2 EXPUNGE\r\nT OK MOVE completed\.\r\n$/,
    );
    expect(await probe.command("MOVE 1 Nowhere")).toContain("T NO [TRYCREATE]");
    expect(await probe.command("EXPUNGE")).toBe("* 1 EXPUNGE\r\nT OK EXPUNGE completed.\r\n");
    expect(await probe.command("UID SEARCH ALL")).toBe("* SEARCH 3\r\nT OK SEARCH completed.\r\n");
    expect(await probe.command("FETCH 2 FLAGS")).toContain("T BAD The specified message set is invalid.");
    expect(await probe.command("UID FETCH 99 FLAGS")).toBe("T OK FETCH completed.\r\n");
  });

  test("a folder opened by EXAMINE stays as it is", async () => {
    deliver("examined");
    const probe = await reader();
    expect(await probe.command("EXAMINE Inbox")).toContain("T OK [READ-ONLY]");
    expect(await probe.command("FETCH 1 BODY[]")).not.toContain("\\Seen");
    expect(await probe.command("STORE 1 +FLAGS (\\Seen)")).toContain("T NO");
  });

  test("changes of others: at once in IDLE, no EXPUNGE during FETCH", async () => {
    const [idler, other] = [await reader(), await reader()];
    await idler.command("SELECT Inbox");
    await other.command("SELECT Inbox");
    idler.write("i IDLE\r\n");
    await idler.until(/\+ IDLE.*\r\n/);
    deliver("pushed");
    const exists = /(\d+) EXISTS/.exec(await idler.until(/EXISTS\r\n/))?.[1];
    await other.command("NOOP");
    await other.command(`STORE ${exists} +FLAGS (\\Deleted)`);
    expect(await idler.until(/FETCH.*\r\n/)).toContain(`* ${exists} FETCH (UID`);
    idler.write("DONE\r\n");
    expect(await idler.until(/i OK.*\r\n/)).toContain("IDLE completed.");
    await other.command("EXPUNGE");
    expect(await idler.command("FETCH 1:* FLAGS")).not.toContain("EXPUNGE");
    expect(await idler.command("NOOP")).toBe(`* ${exists} EXPUNGE\r\nT OK NOOP completed.\r\n`);
  });
});
