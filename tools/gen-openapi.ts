/** Writes docs/openapi.json from the operations; no server is started. */
import { readFileSync, writeFileSync } from "node:fs";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { registerOpenApi } from "../src/api/openapi.ts";
import { allOperations } from "../src/api/operations.ts";

const packageUrl = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageUrl, "utf8")) as { version: string };

const app = Fastify();
app.setValidatorCompiler(validatorCompiler);
app.setSerializerCompiler(serializerCompiler);
await registerOpenApi(app, version);
for (const { method, url, schema } of allOperations) {
  app.route({ method, url, schema, handler: () => undefined });
}
await app.ready();
writeFileSync(
  new URL("../docs/openapi.json", import.meta.url),
  `${JSON.stringify(app.swagger(), null, 2)}\n`,
);
await app.close();
