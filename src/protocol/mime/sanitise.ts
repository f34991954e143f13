/**
 * The HTML of a mail made safe to show: structure and looks stay; scripts, forms, frames, embedded objects and
 * everything that loads by itself go. It is shown in a frame without scripts and with its own policy besides.
 */
import sanitize from "sanitize-html";
import { limitNesting } from "./html-text.ts";
import { scrubStyle, scrubStyleSheet } from "./sanitise-css.ts";

export interface SanitiseOptions {
  /** The address by which a remote picture is fetched (our proxy); null leaves it out. Asked only when `allowRemote`. */
  imageUrl: (src: string) => string | null;
  /** The address of the inline part with that Content-ID (without brackets); null when there is none. */
  cidUrl: (cid: string) => string | null;
  /** The reader has allowed remote pictures. */
  allowRemote: boolean;
}

export interface SanitisedHtml {
  /** A piece for the body of a document: `htmlDocument` wraps it. */
  html: string;
  /** Remote pictures that were left out. */
  blockedImages: number;
  hasRemoteImages: boolean;
}

const tags = (
  "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em " +
  "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark menu nav nobr ol p pre q rp rt ruby s samp " +
  "section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
).split(" ");

/** Their content is no text for readers either. */
const swallowed =
  "script style title textarea option select xmp noscript template svg math noembed noframes iframe object applet audio video canvas".split(
    " ",
  );

const attributes = (
  "align alt background bgcolor border cellpadding cellspacing char charoff cite class color cols colspan coords datetime dir face " +
  "height hreflang hspace id lang noshade nowrap rowspan rules scope size span start style summary title type valign value vspace " +
  "width data-blocked-src"
).split(" ");

const maxHtmlChars = 4_000_000;
const rasterData = /^data:image\/(?:png|jpe?g|gif|webp|bmp);base64,[a-z0-9+/=\s]+$/i;

/** Sanitises the HTML of a mail. Never throws for what a sender can write. */
export function sanitiseHtml(html: string, options: SanitiseOptions): SanitisedHtml {
  const input = limitNesting(html.slice(0, maxHtmlChars).replaceAll("\0", ""));
  const pictures = new Pictures(options);
  const css = collectStyles(input)
    .map((sheet) => scrubStyleSheet(sheet, (url) => pictures.resolve(url)))
    .join("\n")
    .trim();
  const body = sanitize(input, {
    allowedTags: tags,
    nonTextTags: swallowed,
    // A picture's name would stand for a part of the document: `<img name="body">` is what `document.body` gives then.
    allowedAttributes: { "*": attributes, a: ["href", "name", "target", "rel"], img: ["src"] },
    allowedSchemes: ["http", "https", "mailto", "tel"],
    allowedSchemesByTag: { img: ["http", "https", "data"] },
    allowedSchemesAppliedToAttributes: ["href", "src", "cite", "background"],
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    nestingLimit: 400,
    transformTags: { "*": (tagName, attribs) => transform(tagName, attribs, pictures) },
  });
  return {
    html: css === "" ? body : `<style>${css}</style>${body}`,
    blockedImages: pictures.blocked,
    hasRemoteImages: pictures.remote,
  };
}

/** Decides over each picture and counts what it left out. */
class Pictures {
  readonly #options: SanitiseOptions;
  blocked = 0;
  remote = false;

  constructor(options: SanitiseOptions) {
    this.#options = options;
  }

  /** The address to write for a picture; null: none. */
  resolve(src: string): string | null {
    const url = withoutSpace(src);
    if (rasterData.test(url)) return url;
    if (/^cid:/i.test(url)) return this.#options.cidUrl(decodeCid(url.slice(4)));
    const remote = url.startsWith("//") ? `https:${url}` : url;
    if (!/^https?:\/\/./i.test(remote)) return null;
    this.remote = true;
    const allowed = this.#options.allowRemote ? this.#options.imageUrl(remote) : null;
    if (allowed === null) this.blocked++;
    return allowed;
  }
}

/** Browsers pass over tabs, line ends and control characters in addresses: `java\nscript:`. */
const withoutSpace = (url: string): string => url.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "").trim();

function decodeCid(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

function transform(tagName: string, attribs: sanitize.Attributes, pictures: Pictures): sanitize.Tag {
  const out: sanitize.Attributes = { ...attribs };
  if (tagName === "a" || tagName === "area") setLink(out);
  if (tagName === "img") setImage(out, pictures);
  else delete out["src"];
  if (out["background"] !== undefined) setOrDrop(out, "background", pictures.resolve(out["background"]));
  if (out["style"] !== undefined)
    setOrDrop(
      out,
      "style",
      scrubStyle(out["style"], (url) => pictures.resolve(url)),
    );
  if (tagName !== "body") return { tagName, attribs: out };
  // The body's own colours go with a div, since the document around it is ours.
  const colours = [
    out["bgcolor"] && `background-color:${cssColour(out["bgcolor"])}`,
    out["text"] && `color:${cssColour(out["text"])}`,
  ];
  const style = [...colours, out["style"]].filter(Boolean).join(";");
  return { tagName: "div", attribs: { ...out, class: "mail-body", ...(style === "" ? {} : { style }) } };
}

const cssColour = (value: string): string => value.replace(/[^#\w]/g, "");

function setOrDrop(attribs: sanitize.Attributes, name: string, value: string | null): void {
  if (value === null || value === "") delete attribs[name];
  else attribs[name] = value;
}

/** Links open outside, tell nobody where from, and name their true target. Relative ones would be ours: dropped. */
function setLink(attribs: sanitize.Attributes): void {
  const href = withoutSpace(attribs["href"] ?? "");
  const absolute = href.startsWith("//") ? `https:${href}` : href;
  delete attribs["target"];
  delete attribs["href"];
  if (/^#[\w.:-]+$/.test(absolute)) attribs["href"] = absolute;
  else if (/^(?:https?:\/\/.|mailto:|tel:)/i.test(absolute)) {
    attribs["href"] = absolute;
    attribs["title"] = absolute.slice(0, 500);
    attribs["target"] = "_blank";
    attribs["rel"] = "noopener noreferrer nofollow";
  }
}

function setImage(attribs: sanitize.Attributes, pictures: Pictures): void {
  const src = attribs["src"] ?? "";
  const before = pictures.blocked;
  const url = pictures.resolve(src);
  setOrDrop(attribs, "src", url);
  if (pictures.blocked > before) attribs["data-blocked-src"] = src.slice(0, 2_000);
  else delete attribs["data-blocked-src"];
}

/** The contents of all `<style>` elements; what is wrongly taken for one ends as CSS that is scrubbed like the rest. */
function collectStyles(html: string): string[] {
  const sheets: string[] = [];
  const lower = html.toLowerCase();
  for (
    let at = lower.indexOf("<style");
    at >= 0 && sheets.length < 50;
    at = lower.indexOf("<style", at + 6)
  ) {
    const start = lower.indexOf(">", at);
    const end = start < 0 ? -1 : lower.indexOf("</style", start);
    if (end < 0) break;
    sheets.push(html.slice(start + 1, end));
    at = end;
  }
  return sheets;
}
