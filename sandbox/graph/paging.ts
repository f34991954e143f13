/** Pages of a collection by $top and $skip. https://learn.microsoft.com/graph/paging */
import type { GraphAnswer, OpenMailbox } from "./call.ts";
import type { QueryOptions } from "./odata.ts";

const defaultTop = 10;

/** The address of this very collection, with other query options. */
export function addressOf({ context, call, prefix }: OpenMailbox, query: URLSearchParams): string {
  const below = call.segments.slice(prefix.split("/").length).map(encodeURIComponent).join("/");
  const text = query.toString().replaceAll("%24", "$");
  return `${context.graphUrl}/v1.0/${prefix}/${below}?${text}`;
}

export function pageOf<T>(
  mailbox: OpenMailbox,
  options: QueryOptions,
  all: readonly T[],
  context: string,
  show: (item: T) => object,
): GraphAnswer {
  const top = options.top ?? defaultTop;
  const shown = all.slice(options.skip, options.skip + top);
  const next = new URLSearchParams(mailbox.call.query);
  next.set("$skip", String(options.skip + top));
  return {
    status: 200,
    body: {
      "@odata.context": `${mailbox.context.graphUrl}/v1.0/$metadata#${context}`,
      ...(options.count ? { "@odata.count": all.length } : {}),
      value: shown.map(show),
      ...(options.skip + top < all.length ? { "@odata.nextLink": addressOf(mailbox, next) } : {}),
    },
  };
}
