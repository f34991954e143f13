import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizeRequest, newBrowser, startFixture, type Fixture } from "../testing/fixture.ts";
import { registrations } from "../identity/registration.ts";
import { personas } from "../personas.ts";
import { escapeHtml, html } from "./html.ts";
import { chooseLanguage } from "./language.ts";
import { fill } from "./text.ts";

test("templates escape what is put in", () => {
  const name = `<b>"&'`;
  expect(html`<p title="${name}">${[html`<i>${1}</i>`]}${undefined}</p>`.text).toBe(
    `<p title="&lt;b&gt;&quot;&amp;&#39;"><i>1</i></p>`,
  );
});

test.each([
  ["", "en"],
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en;q=0.3, zh-TW;q=0.7", "zh"],
  ["fr, en;q=0.5, zh;q=0.4", "en"],
  ["zh;q=0, en;q=0.1", "en"],
])("Accept-Language %j gives %s", (header, language) => {
  expect(chooseLanguage(header)).toBe(language);
});

test("unknown places stay visible", () => {
  expect(fill("{a} {b}", { a: "1" })).toBe("1 {b}");
});

let fixture: Fixture;

const press = (fields: Record<string, string>): Promise<Response> =>
  fetch(`${fixture.ready.publicUrl}/personas/switch`, {
    method: "POST",
    body: new URLSearchParams(fields),
    redirect: "manual",
  });

/** Whether the persona's IMAP is switched on. */
async function imapOf(wanted: string): Promise<boolean> {
  const { httpPort, adminToken } = fixture.ready;
  const response = await fetch(`http://127.0.0.1:${httpPort}/admin/personas`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const listed = (await response.json()) as { personas: { id: string; switches: { imap: boolean } }[] };
  return listed.personas.find(({ id }) => id === wanted)!.switches.imap;
}

describe("served", () => {
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(async () => fixture.stop());

  test("the index lists the personas under a strict policy", async () => {
    const response = await fetch(`${fixture.ready.publicUrl}/`);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await response.text();
    for (const { address, does } of personas) {
      expect(text).toContain(address);
      expect(text).toContain(escapeHtml(does.en));
    }
    for (const { clientId } of registrations) expect(text).toContain(clientId);
    const script = await fetch(`${fixture.ready.publicUrl}/assets/page.js`);
    expect(script.headers.get("content-type")).toContain("text/javascript");
    const style = await fetch(`${fixture.ready.publicUrl}/assets/style.css`);
    expect(style.headers.get("content-type")).toContain("text/css");
  });

  test("its switches switch, and lead back to where they stand", async () => {
    expect(await imapOf("imap-off")).toBe(false);
    const answer = await press({ persona: "imap-off", set: "imap", on: "yes" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/sandbox/#imap-off"]);
    expect(await imapOf("imap-off")).toBe(true);
    expect((await press({ persona: "imap-off", set: "oid", on: "yes" })).status).toBe(400);
    expect((await press({ persona: "nobody", set: "imap", on: "yes" })).status).toBe(400);
  });

  test("in Chinese by Accept-Language", async () => {
    const page = await newBrowser(fixture, "zh-CN").open(authorizeRequest(fixture).url);
    expect(page.html).toContain("并非微软");
    expect(page.html).toContain('lang="zh-CN"');
  });

  test("a hint is escaped and the form may lead to the application alone", async () => {
    const { url } = authorizeRequest(fixture, {
      login_hint: `"><script>`,
      redirect_uri: "http://localhost:9/cb",
    });
    const page = await newBrowser(fixture).open(url);
    expect(page.html).not.toContain("<script>");
    expect(page.html).toContain("&quot;&gt;&lt;script&gt;");
  });

  test("nothing outside its path, and no form from elsewhere", async () => {
    const { origin } = new URL(fixture.ready.publicUrl);
    expect((await fetch(`${origin}/common/oauth2/v2.0/authorize`)).status).toBe(404);
    expect((await fetch(`${fixture.ready.publicUrl}/nowhere`)).status).toBe(404);
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await fetch(`${fixture.ready.publicUrl}/devicelogin`, { method: "POST", headers })).status).toBe(
      403,
    );
  });

  test("a lost sign-in is explained", async () => {
    const page = await newBrowser(fixture).open(`${fixture.ready.publicUrl}/common/signin/gone`);
    expect(page.status).toBe(400);
    expect(page.html).toContain("has expired or was begun in another browser");
  });
});
