import { defineConfig } from "orval";

/** The web page's client: generated, so that it cannot know more of the server than the document says. */
export default defineConfig({
  hitchpost: {
    input: "./docs/openapi.json",
    output: {
      target: "./web/api/gen/client.ts",
      schemas: "./web/api/gen/model",
      client: "fetch",
      clean: true,
      override: {
        mutator: { path: "./web/api/fetcher.ts", name: "fetcher" },
        fetch: { includeHttpResponseReturnType: false },
      },
    },
  },
});
