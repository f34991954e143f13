import { describe, expect, test } from "vitest";
import { splitQuotedHtml } from "./quotes-html.ts";
import { splitQuotedText } from "./quotes.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const history: [string, string][] = [
  ["Gmail", "On Tue, 3 Mar 2026 at 10:00, Ann Example <ann@a.example> wrote:\n\n> Hello\n> there"],
  ["Gmail over two lines", "On Tue, 3 Mar 2026 at 10:00, Ann Example <\nann@a.example> wrote:\n\n> Hello"],
  ["German", "Am Di., 3. März 2026 um 10:00 Uhr schrieb Ann <ann@a.example>:\n\n> Hallo"],
  ["French", "Le mar. 3 mars 2026 à 10:00, Ann <ann@a.example> a écrit :\n\n> Bonjour"],
  ["Spanish", "El mar, 3 mar 2026 a las 10:00, Ann (<ann@a.example>) escribió:\n\n> Hola"],
  ["Gmail, Chinese", "Ann <ann@a.example> 于2026年3月3日周二 10:00写道：\n\n> 你好"],
  ["Gmail, Japanese", "2026年3月3日(火) 10:00 Ann <ann@a.example>:\n\n> こんにちは"],
  ["Outlook", "-----Original Message-----\nFrom: Ann\nSent: Tuesday\nTo: Bob\nSubject: Hi\n\nHello"],
  [
    "Outlook without a rule",
    "From: Ann <ann@a.example>\nSent: Tuesday, March 3, 2026 10:00 AM\nTo: Bob\nSubject: Hi\n\nHello",
  ],
  [
    "Outlook web",
    "________________________________\nVon: Ann <ann@a.example>\nGesendet: Dienstag\nAn: Bob\nBetreff: Hi\n\nHallo",
  ],
  ["Outlook, French", "De : Ann\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Bob\nObjet : Salut\n\nBonjour"],
  ["Outlook, Spanish", "De: Ann\nEnviado el: martes\nPara: Bob\nAsunto: Hola\n\nHola"],
  ["Outlook, Chinese", "发件人: Ann\n发送时间: 2026年3月3日\n收件人: Bob\n主题: 你好\n\n内容"],
  ["Outlook, Japanese", "差出人: Ann\n送信日時: 2026年3月3日\n宛先: Bob\n件名: こんにちは\n\n本文"],
  ["QQ", '------------------ 原始邮件 ------------------\n发件人: "Ann" <ann@a.example>;\n\n内容'],
  ["NetEase", 'At 2026-03-03 10:00:00, "Ann" <ann@a.example> wrote:\n>你好'],
  ["plain quote", "> Hello\n> there\n"],
  ["signature", "-- \nBob Example\nSales"],
];

describe("splitQuotedText", () => {
  test.each(history.filter(([name]) => name !== "NetEase"))("folds %s", (_, quoted) => {
    expect(splitQuotedText(`New words.\n\n${quoted}`)).toEqual({
      visible: "New words.",
      quoted: quoted.trim(),
    });
  });

  test("folds the quote of NetEase", () => {
    const { visible } = splitQuotedText(`收到\n\n${history.find(([name]) => name === "NetEase")![1]}`);
    expect(visible).toBe("收到");
  });

  test.each([
    ["a plain text", "From: here to there we go.\nNothing else."],
    ["answers inside the quote", "On Tue, 3 Mar 2026, Ann <a@a.example> wrote:\n> One?\nYes.\n> Two?\nNo."],
    [
      "answers inside the quote, below a greeting",
      "Hi,\n\nOn Tue, 3 Mar 2026, Ann <a@a.example> wrote:\n> One?\nYes.",
    ],
    [
      "a forwarded mail",
      "FYI\n\n---------- Forwarded message ---------\nFrom: Ann\nDate: Tue\nSubject: Hi\nTo: Bob\n\nNews",
    ],
    ["only a quote", "> Hello\n> there"],
    ["a list with dashes", "Items:\n--- one\n--- two"],
    ["a mail that begins with a header block", "From: Ann\nSent: Tuesday\nTo: Bob\nSubject: Hi\n\nHello"],
  ])("shows %s whole", (_, text) => {
    expect(splitQuotedText(text)).toEqual({ visible: text, quoted: "" });
  });

  test("takes half a million hostile lines in linear time", () => {
    const started = processorMs();
    splitQuotedText(`x\n${">\n".repeat(250_000)}y\n${"> a\nb\n".repeat(50_000)}`);
    expect(processorMs(started)).toBeLessThan(5_000);
  });
});

describe("splitQuotedHtml", () => {
  test.each([
    [
      "Gmail",
      '<div>New</div><div class="gmail_quote"><div class="gmail_attr">On Tue, Ann wrote:<br></div><blockquote>Old</blockquote></div>',
    ],
    [
      "Outlook web",
      '<div>New</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann</div><div>Old</div>',
    ],
    [
      "Outlook inside Outlook",
      '<div>New</div><div id="x_divRplyFwdMsg"><b>From:</b> Ann</div><div>Old</div>',
    ],
    [
      "Outlook desktop",
      '<div><p>New</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Ann<br><b>Sent:</b> Tuesday<br><b>To:</b> Bob<br><b>Subject:</b> Hi</p></div><p>Old</p></div>',
    ],
    [
      "Apple Mail",
      '<div>New</div><div><br><blockquote type="cite"><div>On 3 Mar 2026, at 10:00, Ann &lt;a@a.example&gt; wrote:</div><div>Old</div></blockquote></div>',
    ],
    [
      "Thunderbird",
      '<p>New</p><div class="moz-cite-prefix">On 03.03.26, Ann wrote:<br></div><blockquote type="cite">Old</blockquote>',
    ],
    ["QQ", "<div>New</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>Old</div>"],
    [
      "Foxmail",
      "<div>New</div><div><b>发件人：</b> Ann</div><div><b>发送时间：</b> 2026-03-03</div><div><b>收件人：</b> Bob</div><div>Old</div>",
    ],
    [
      "attribution above a cite",
      '<div>New</div><div>On Tue, 3 Mar 2026 at 10:00, Ann &lt;a@a.example&gt; wrote:</div><blockquote type="cite">Old</blockquote>',
    ],
    [
      "Outlook in Chinese, the colon in an element of its own",
      "<div><p>New</p><div><p><b>发件人<span>:</span></b><span> Ann<br></span><b>发送时间<span>:</span></b> 2026<br><b>收件人<span>:</span></b> Bob</p></div><p>Old</p></div>",
    ],
    [
      "NetEase",
      '<div>New</div><br>在 2026-03-03 10:00:00，"Ann" &lt;a@a.example&gt; 写道：<br><blockquote id="isReplyContent">Old</blockquote>',
    ],
    [
      "Yandex",
      '<div>New</div><div>03.03.2026, 10:00, "Ann" &lt;a@a.example&gt;:</div><blockquote><p>Old</p></blockquote>',
    ],
    [
      "signature, then quote",
      '<div>New</div><div class="gmail_signature">Bob, Sales</div><div class="gmail_quote">Old</div>',
    ],
  ])("folds %s", (_, html) => {
    const { visible, quoted } = splitQuotedHtml(html);
    expect(visible.replace(/<[^>]*>/g, "").trim()).toBe("New");
    expect(quoted).toContain("Old");
    for (const half of [visible, quoted]) {
      expect((half.match(/<div\b/g) ?? []).length).toBe((half.match(/<\/div>/g) ?? []).length);
    }
  });

  test.each([
    ["an answer below the quote", '<blockquote type="cite">Old</blockquote><div>New</div>'],
    [
      "a forward of Gmail",
      '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br></div>News</div>',
    ],
    ["only a quote", '<div class="gmail_quote">Old</div>'],
    ["nothing special", "<p>Hello: there</p><blockquote>wise words</blockquote>"],
    ["a word that might begin a header", "<p>From</p><p>here to there: a walk</p>"],
  ])("shows %s whole", (_, html) => {
    expect(splitQuotedHtml(html)).toEqual({ visible: html, quoted: "" });
  });

  test("ends soon on repeated marks", () => {
    const started = processorMs();
    splitQuotedHtml('<blockquote type="cite">From: a</blockquote><p>From: b</p>'.repeat(20_000));
    expect(processorMs(started)).toBeLessThan(5_000);
  });
});
