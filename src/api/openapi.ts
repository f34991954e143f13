/** The OpenAPI 3.1 document, made from the operations' schemas by @fastify/swagger. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

/** Registers the document; `app.swagger()` returns it once the routes are there. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Hitchpost API",
        version,
        description:
          "Everything the web page does. Send `Authorization: Bearer KEY`. Times are RFC 3339 UTC, sizes are bytes, lists answer `items` and `nextCursor`, problems follow RFC 9457.",
      },
      components: { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}
