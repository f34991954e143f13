/** Callers that do not give up while a server is killed and started again; what they ask for must bear being asked for twice. */

const retryMs = 250;

/** Tries until it works. @throws what it failed with last, after `limitMs` */
export async function patiently<T>(work: () => Promise<T>, limitMs = 60_000): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused || performance.now() > until) throw error;
      await new Promise((wake) => setTimeout(wake, retryMs));
    }
  }
}

/** The server understood, and says no: asking again is no use. */
export class Refused extends Error {
  readonly status: number;

  constructor(what: string, status: number, text: string) {
    super(`${what}: ${status} ${text}`);
    this.status = status;
  }
}

export type PatientCall = <T>(
  method: string,
  path: string,
  body?: unknown,
  idempotencyKey?: string,
) => Promise<T>;

/** The API as a browser calls it whose person presses the button again. @throws Refused */
export function patientCaller(url: string, apiKey: string): PatientCall {
  return <T>(method: string, path: string, body?: unknown, idempotencyKey?: string) =>
    patiently(async () => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text) as T;
      if (response.status >= 500 || response.status === 429) throw new Error(`${response.status} ${text}`);
      throw new Refused(`${method} ${path}`, response.status, text);
    });
}
