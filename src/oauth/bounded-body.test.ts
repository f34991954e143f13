import { expect, test } from "vitest";
import { boundedText } from "./bounded-body.ts";

/** Sends chunks until it is given up; counts them. */
function endless(): { response: Response; sent(): number } {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(1_000));
    },
  });
  return { response: new Response(body), sent: () => sent };
}

test("an answer without end is given up at the limit, and the connection with it", async () => {
  const { response, sent } = endless();
  await expect(boundedText(response, 10_000)).rejects.toMatchObject({ code: "oauth_unavailable" });
  expect(sent()).toBeLessThan(15);
});

test("what fits is read whole, characters across chunks too", async () => {
  const bytes = Buffer.from("é".repeat(50));
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  expect(await boundedText(new Response(body), 100)).toBe("é".repeat(50));
  expect(await boundedText(new Response(null))).toBe("");
});
