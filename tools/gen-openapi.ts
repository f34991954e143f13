/** docs/openapi.json, made from the operations; no server is started. `renderOpenApi` is compared with the file by tests/arch. */
import { readFileSync, writeFileSync } from "node:fs";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { registerOpenApi } from "../src/api/openapi.ts";
import { allOperations } from "../src/api/operations.ts";

const packageUrl = new URL("../package.json", import.meta.url);

/** The text of the document. */
export async function renderOpenApi(): Promise<string> {
  const { version } = JSON.parse(readFileSync(packageUrl, "utf8")) as { version: string };
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await registerOpenApi(app, version);
  for (const { method, url, schema } of allOperations) {
    app.route({ method, url, schema, handler: () => undefined });
  }
  await app.ready();
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  return text;
}

export async function writeOpenApi(): Promise<void> {
  writeFileSync(new URL("../docs/openapi.json", import.meta.url), await renderOpenApi());
}
