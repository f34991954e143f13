/**
 * A very small browser for tests: keeps cookies by name and path, follows redirects until they leave
 * the sandbox, and fills in forms by pressing a named button.
 */

export type Shown = { status: number; url: URL; html: string };

type Cookie = { value: string; path: string };

export class TestBrowser {
  readonly #cookies = new Map<string, Cookie>();
  readonly #origin: string;
  readonly #language: string;
  readonly #stopAt: string;

  /** @param stopAt a path of the same origin that is shown as an address only: the application's own */
  constructor(origin: string, language = "en", stopAt = "/callback") {
    this.#origin = origin;
    this.#stopAt = stopAt;
    this.#language = language;
  }

  /** Goes to an address and on, until a page is shown or the address is not the sandbox's. */
  async open(address: string): Promise<Shown> {
    return this.#request(new URL(address), "GET");
  }

  /** Sends the fields to the page's own address, as its forms do, or to `action`. */
  async submit(page: Shown, fields: Record<string, string>, action = page.url.href): Promise<Shown> {
    return this.#request(new URL(action, page.url), "POST", new URLSearchParams(fields));
  }

  /** Presses the button whose visible text contains `name`. */
  async press(page: Shown, name: string, fields: Record<string, string> = {}): Promise<Shown> {
    for (const [, form = ""] of page.html.matchAll(/<form([\s\S]*?)<\/form>/g)) {
      const button = findButton(form, name);
      if (button === undefined) continue;
      const action = /^[^>]*action="([^"]*)"/.exec(form)?.[1] ?? page.url.href;
      return this.submit(page, { ...hiddenFields(form), ...fields, ...button }, action);
    }
    throw new Error(`no button "${name}" on the page:\n${page.html}`);
  }

  /** Takes the cookies of an answer that a script of the page got. */
  take(answer: Headers): void {
    this.#keep(answer.getSetCookie());
  }

  /** What it would send to the product's own paths. */
  get cookie(): string {
    return this.#cookieHeader("/");
  }

  async #request(start: URL, firstMethod: string, firstBody?: URLSearchParams): Promise<Shown> {
    let [url, method, body] = [start, firstMethod, firstBody];
    for (let hops = 0; hops < 12; hops += 1) {
      if (url.origin !== this.#origin || url.pathname === this.#stopAt) return { status: 0, url, html: "" };
      const headers = {
        cookie: this.#cookieHeader(url.pathname),
        "accept-language": this.#language,
        accept: "text/html",
      };
      const response = await fetch(url, {
        method,
        headers,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
      });
      this.#keep(response.headers.getSetCookie());
      const location = response.headers.get("location");
      if (location === null) return { status: response.status, url, html: await response.text() };
      [url, method, body] = [new URL(location, url), "GET", undefined];
    }
    throw new Error(`too many redirects, last to ${url.href}`);
  }

  #cookieHeader(path: string): string {
    return [...this.#cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([key, cookie]) => `${key.split(";")[0]}=${cookie.value}`)
      .join("; ");
  }

  #keep(lines: string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const [name = "", ...value] = pair.split("=");
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? "/";
      const gone = attributes.some(
        (text) => /^max-age=0$/i.test(text) || /^expires=Thu, 01 Jan 1970/i.test(text),
      );
      if (gone) this.#cookies.delete(`${name};${path}`);
      else this.#cookies.set(`${name};${path}`, { value: value.join("="), path });
    }
  }
}

function findButton(form: string, name: string): Record<string, string> | undefined {
  for (const [, attributes = "", label = ""] of form.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)) {
    if (!label.replace(/<[^>]*>/g, "").includes(name)) continue;
    const field = /name="([^"]*)"/.exec(attributes)?.[1];
    return field === undefined ? {} : { [field]: /value="([^"]*)"/.exec(attributes)?.[1] ?? "" };
  }
  return undefined;
}

function hiddenFields(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name = "", value = ""] of form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields[name] = value;
  }
  return fields;
}
