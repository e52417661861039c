import fastifySwagger, { type SwaggerTransform, type SwaggerTransformObject } from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { createComponents } from "./components.ts";
import type { ApiApp } from "./context.ts";
import { ANSWER_EXAMPLES, REQUEST_EXAMPLES } from "./examples.ts";

/** The OpenAPI 3.1 document and the page that shows it, at /docs. */

/** RFC 9457; every answer other than success looks like this. */
const text = { type: "string" as const };
const PROBLEM = {
  type: "object" as const,
  properties: {
    type: text,
    title: text,
    status: { type: "integer" as const },
    detail: text,
    requestId: text,
  },
  required: ["type", "title", "status", "detail", "requestId"],
};
const FAILURE = {
  description: "What was expected and what came instead",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

export async function installDocumentation(app: ApiApp): Promise<void> {
  const schemaRegistry = createComponents();
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Bellwether", version: "1", description: "Fleet predictive maintenance: vehicles, findings, alerts, leads, labels." },
      components: {
        schemas: { Problem: PROBLEM },
        securitySchemes: { key: { type: "apiKey", in: "header", name: "x-api-key" }, bearer: { type: "http", scheme: "bearer" } },
      },
      security: [{ key: [] }, { bearer: [] }],
    },
    transform: withExample(withFailure(createJsonSchemaTransform({ schemaRegistry }))),
    transformObject: withAnswerExamples(withoutUnused(createJsonSchemaTransformObject({ schemaRegistry }))),
  });
  await app.register(fastifySwaggerUi, { routePrefix: "/docs", staticCSP: true });
}

/** Every route may answer with a problem. */
function withFailure(transform: SwaggerTransform): SwaggerTransform {
  return (route) => {
    const { schema, url } = transform(route);
    const answers = z.record(z.string(), z.unknown()).catch({}).parse(schema.response);
    return { schema: { ...schema, response: { ...answers, default: FAILURE } }, url };
  };
}

/** A body is shown as it is sent. */
function withExample(transform: SwaggerTransform): SwaggerTransform {
  return (route) => {
    const { schema, url } = transform(route);
    const example = REQUEST_EXAMPLES[`${route.route.method} ${route.url}`];
    if (example === undefined || typeof schema.body !== "object") return { schema, url };
    return { schema: { ...schema, body: { ...schema.body, examples: [example] } }, url };
  };
}

function withAnswerExamples(transform: SwaggerTransformObject): SwaggerTransformObject {
  return (source) => {
    const document = transform(source);
    if (!("components" in document)) return document;
    const schemas: Readonly<Record<string, object>> = document.components?.schemas ?? {};
    for (const [name, example] of Object.entries(ANSWER_EXAMPLES)) {
      const schema = schemas[name];
      if (schema !== undefined) Object.assign(schema, { examples: [example] });
    }
    return document;
  };
}

/** Named schemas come in a form for requests and one for answers; those that no route refers to are left out. */
function withoutUnused(transform: SwaggerTransformObject): SwaggerTransformObject {
  return (source) => {
    const document = transform(source);
    if (!("components" in document) || document.components?.schemas === undefined) return document;
    const schemas: Readonly<Record<string, unknown>> = document.components.schemas;
    const used = new Set<string>();
    const waiting: unknown[] = [document.paths];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
        if (used.has(name)) continue;
        used.add(name);
        waiting.push(schemas[name]);
      }
    }
    const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
    return Object.assign(document, { components: { ...document.components, schemas: kept } });
  };
}
