/** How mail programs quote the message they answer: Outlook, Gmail, Apple Mail. */

export type MailProgram = "outlook" | "gmail" | "apple";

export type Quoted = {
  name: string;
  address: string;
  to: string;
  subject: string;
  /** Milliseconds since 1970. */
  date: number;
  /** Its own text and HTML, earlier quotes included. */
  text: string;
  html: string;
};

export type Bodies = { text: string; html: string };

/** A text as simple HTML: blank lines part paragraphs. */
export function htmlOf(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const linked = escaped.replaceAll(/https:\/\/[^\s)]+/g, '<a href="$&">$&</a>');
  return linked
    .split("\n\n")
    .map((paragraph) => `<p>${paragraph.replaceAll("\n", "<br>\n")}</p>`)
    .join("\n");
}

/** The answer in front of, or with, what it quotes, as that program writes it. */
export function withQuote(program: MailProgram, own: string, quoted: Quoted | null): Bodies {
  switch (program) {
    case "outlook":
      return outlookBodies(own, quoted);
    case "gmail":
      return gmailBodies(own, quoted);
    case "apple":
      return appleBodies(own, quoted);
  }
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone: "UTC" });
const short = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "UTC" });

function outlookBodies(own: string, quoted: Quoted | null): Bodies {
  const font = "font-family: Aptos, Calibri, sans-serif; font-size: 11pt; color: rgb(0, 0, 0);";
  const front = `<div style="${font}">${htmlOf(own)}</div>`;
  if (!quoted) return { text: own, html: `<html><body dir="ltr">${front}</body></html>` };
  const lines: [string, string][] = [
    ["From", `${quoted.name} <${quoted.address}>`],
    ["Sent", day.format(quoted.date)],
    ["To", quoted.to],
    ["Subject", quoted.subject],
  ];
  const heading = lines.map(([name, value]) => `${name}: ${value}`).join("\n");
  const headingHtml = lines
    .map(([name, value]) => `<b>${name}:</b> ${htmlOf(value).slice(3, -4)}`)
    .join("<br>\n");
  return {
    text: `${own}\n\n________________________________\n${heading}\n\n${quoted.text}`,
    html: `<html><body dir="ltr">${front}<div id="appendonsend"></div>
<hr style="display:inline-block;width:98%" tabindex="-1">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">${headingHtml}</font><div>&nbsp;</div></div>
${bodyOf(quoted.html)}</body></html>`,
  };
}

function gmailBodies(own: string, quoted: Quoted | null): Bodies {
  const front = `<div dir="ltr">${htmlOf(own)}</div>`;
  if (!quoted) return { text: own, html: front };
  const when = `On ${short.format(quoted.date)} at ${time.format(quoted.date)}`;
  const line = `${when}, ${quoted.name} &lt;<a href="mailto:${quoted.address}">${quoted.address}</a>&gt; wrote:<br>`;
  return {
    text: `${own}\n\n${when}, ${quoted.name} <${quoted.address}> wrote:\n\n${prefixed(quoted.text)}`,
    html: `${front}<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">${line}</div>
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">
${bodyOf(quoted.html)}
</blockquote></div>`,
  };
}

function appleBodies(own: string, quoted: Quoted | null): Bodies {
  const open = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>';
  const front = `${open}<body style="overflow-wrap: break-word; line-break: after-white-space;"><div>${htmlOf(own)}</div>`;
  if (!quoted) return { text: own, html: `${front}</body></html>` };
  const when = `On ${short.format(quoted.date)}, at ${time.format(quoted.date)}`;
  return {
    text: `${own}\n\n> ${when}, ${quoted.name} <${quoted.address}> wrote:\n> \n${prefixed(quoted.text)}`,
    html: `${front}<div><br><blockquote type="cite"><div>${when}, ${quoted.name} &lt;${quoted.address}&gt; wrote:</div>
<br class="Apple-interchange-newline"><div>${bodyOf(quoted.html)}</div></blockquote></div><br></body></html>`,
  };
}

function prefixed(text: string): string {
  const lines = text.split("\n");
  return lines.map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`)).join("\n");
}

function bodyOf(html: string): string {
  return html.replace(/^.*<body[^>]*>/s, "").replace(/<\/body>.*$/s, "");
}
