/** The OpenAPI 3.1 document, made from the operations' schemas by @fastify/swagger. */
import swagger, { type SwaggerTransformObject } from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Operation } from "./operation.ts";
import { allOperations } from "./operations.ts";

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
    hideUntagged: true, // operations have tags; the sandbox's pages, handed on by a proxy, have none
    transform: jsonSchemaTransform,
    transformObject,
  });
}

interface Described {
  operationId?: string;
  security?: object[];
  requestBody?: object;
  responses?: Record<string, { content?: Record<string, object> }>;
}

const byId = new Map(allOperations.map((operation) => [operation.schema.operationId, operation]));

/** What the schemas do not tell: media types other than JSON, and what needs no key. */
const transformObject: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input);
  const paths = (document.paths ?? {}) as Record<string, Record<string, Described>>;
  for (const described of Object.values(paths).flatMap((path) => Object.values(path))) {
    const operation = byId.get(described.operationId ?? "");
    if (operation) describe(described, operation);
  }
  return document;
};

function describe(described: Described, { access, produces, consumes }: Operation): void {
  for (const [status, response] of Object.entries(described.responses ?? {})) {
    const isProblem = /^[45]/.test(status);
    if (isProblem) retype(response, ["application/problem+json"]);
    else if (produces) retype(response, produces);
  }
  if (access === "public") described.security = [];
  if (consumes !== undefined) {
    const schema = { type: "string", format: "binary" };
    described.requestBody = { required: true, content: { [consumes]: { schema } } };
  }
}

function retype(response: { content?: Record<string, object> }, types: readonly string[]): void {
  const media = response.content?.["application/json"];
  if (media) response.content = Object.fromEntries(types.map((type) => [type, media]));
}
