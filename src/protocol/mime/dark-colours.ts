/**
 * A mail's own colours on a dark page. Light or coloured grounds (a newsletter's panels, a cell) make a design that only its
 * sender can redo: such a mail stays on light paper. Where it sets none, or dark ones, text colours too dark to be read are
 * lightened, and plain black or grey becomes the page's own ink. Works on sanitised HTML, where `<` begins a tag.
 */

/** The dark page's ground, by whose luminance it is judged (`html-document.ts` paints it). */
const groundLuminance = luminance([29, 28, 25]);
/** WCAG 2.2, 1.4.3. */
const enough = 4.5;
/** Less saturated than this is grey to the eye. */
const greySaturation = 0.12;

type Rgb = [red: number, green: number, blue: number];

/** Grounds darker than this are of a dark design, on which light ink is read. */
const darkGround = 0.06;

const nothing = /^(?:transparent|none|inherit|initial|unset|revert|0|rgba\(\s*0[ ,]+0[ ,]+0[ ,/]+0\s*\))$/i;
const keptWords = /^(?:inherit|initial|unset|revert|currentcolor|transparent)$/i;
/** The names that mail programs write; another one is not understood, and the mail stays on paper. */
const names: Record<string, Rgb> = {
  black: [0, 0, 0],
  windowtext: [0, 0, 0],
  white: [255, 255, 255],
  window: [255, 255, 255],
  red: [255, 0, 0],
  maroon: [128, 0, 0],
  darkred: [139, 0, 0],
  orange: [255, 165, 0],
  yellow: [255, 255, 0],
  olive: [128, 128, 0],
  green: [0, 128, 0],
  darkgreen: [0, 100, 0],
  lime: [0, 255, 0],
  teal: [0, 128, 128],
  aqua: [0, 255, 255],
  cyan: [0, 255, 255],
  blue: [0, 0, 255],
  darkblue: [0, 0, 139],
  navy: [0, 0, 128],
  purple: [128, 0, 128],
  fuchsia: [255, 0, 255],
  magenta: [255, 0, 255],
  gray: [128, 128, 128],
  grey: [128, 128, 128],
  darkgray: [169, 169, 169],
  darkgrey: [169, 169, 169],
  silver: [192, 192, 192],
};

/** Null: it brings grounds or colours that cannot follow, and must stay on paper. */
export function darkReadable(html: string): string | null {
  const verdict: Verdict = { follows: true };
  const recoloured = html
    .replace(/<style>[^<]*<\/style>/g, (sheet) => recolourCss(sheet, verdict))
    .replace(/<[a-z][^>]*>/gi, (tag) => recolourTag(tag, verdict));
  return verdict.follows ? recoloured : null;
}

interface Verdict {
  follows: boolean;
}

/** Sanitised HTML has its values in double quotes, and no `>` inside them. */
const colourAttribute = /\s(style|color|bgcolor|background)="([^"]*)"/gi;

function recolourTag(tag: string, verdict: Verdict): string {
  return tag.replace(colourAttribute, (_, name: string, value: string) => {
    switch (name.toLowerCase()) {
      case "style":
        return ` style="${recolourCss(value, verdict)}"`;
      case "color": {
        const colour = textColour(value, verdict);
        return colour === "inherit" ? "" : ` color="${colour}"`;
      }
      default: {
        const ground = groundColour(value, verdict);
        return ground === "transparent" ? "" : ` ${name}="${ground}"`;
      }
    }
  });
}

const declaration = /(^|[;{\s"])(color|background(?:-color|-image)?)(\s*:\s*)([^;}"<]*)/gi;

function recolourCss(css: string, verdict: Verdict): string {
  return css.replace(declaration, (_, before: string, property: string, colon: string, given: string) => {
    const value = given.replace(/\s*!important\s*$/i, "");
    if (property.toLowerCase() === "color")
      return `${before}color${colon}${textColour(value, verdict)}${given.slice(value.length)}`;
    const ground = groundColour(value, verdict);
    const none = /image$/i.test(property) ? "none" : "transparent";
    return `${before}${property}${colon}${ground === "transparent" ? none : ground}`;
  });
}

/** White or nothing means the page's own ground; a dark one stays; any other is of a design for paper. */
function groundColour(value: string, verdict: Verdict): string {
  const given = value.trim();
  if (nothing.test(given)) return "transparent";
  const colour = parseColour(given);
  if (colour !== null && colour.every((part) => part >= 250)) return "transparent";
  if (colour === null || luminance(colour) > darkGround) verdict.follows = false;
  return given;
}

/** The colour as it can be read on the dark page; the page's own ink in place of black and grey. */
function textColour(value: string, verdict: Verdict): string {
  const given = value.trim();
  if (given === "" || keptWords.test(given)) return given;
  const colour = parseColour(given);
  if (colour === null) verdict.follows = false;
  if (colour === null || contrast(colour) >= enough) return given;
  if (saturation(colour) < greySaturation) return "inherit";
  return hex(lightened(colour));
}

/** Mixed with white by the least that is enough. */
function lightened(colour: Rgb): Rgb {
  for (let share = 0.05; share < 1; share += 0.05) {
    const mixed = colour.map((part) => Math.round(part + (255 - part) * share)) as Rgb;
    if (contrast(mixed) >= enough) return mixed;
  }
  return [255, 255, 255];
}

/** `#rgb`, `#rrggbb` (both with or without alpha, also without `#` as old mail has it), `rgb()`, names; null: not understood. */
function parseColour(value: string): Rgb | null {
  const named = names[value.toLowerCase()];
  if (named !== undefined) return named;
  const digits = /^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value)?.[1];
  if (digits !== undefined) {
    const width = digits.length < 6 ? 1 : 2;
    const part = (at: number) =>
      Number.parseInt(digits.slice(at * width, at * width + width).padEnd(2, digits[at]), 16);
    return [part(0), part(1), part(2)];
  }
  const parts = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*[\d.]+%?\s*)?\)$/i.exec(
    value,
  );
  if (parts === null) return null;
  return [Number(parts[1]), Number(parts[2]), Number(parts[3])];
}

const hex = (colour: Rgb): string => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

function saturation(colour: Rgb): number {
  const most = Math.max(...colour);
  return most === 0 ? 0 : (most - Math.min(...colour)) / most;
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = Math.min(255, part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (colour: Rgb): number => (luminance(colour) + 0.05) / (groundLuminance + 0.05);
