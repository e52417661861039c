import { expect, test } from "vitest";
import { z } from "zod";
import { ANSWER_EXAMPLES, REQUEST_EXAMPLES } from "./examples.ts";
import { openApiDocument } from "./openApi.ts";

const exampled = z.object({ examples: z.array(z.unknown()).optional() }).loose();
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        requestBody: z
          .object({ content: z.object({ "application/json": z.object({ schema: z.looseObject({}), example: z.unknown() }).optional() }) })
          .optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), exampled) }),
});
const { paths, components } = documentSchema.parse(await openApiDocument());
const bodies = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) => {
    const body = requestBody?.content["application/json"];
    return body === undefined ? [] : [{ operation: `${method.toUpperCase()} ${path}`, body }];
  }),
);
const answers = Object.keys(ANSWER_EXAMPLES).map((name) => ({ name, schema: components.schemas[name] }));

test.each(bodies)("$operation shows a body that it accepts", ({ body }) => {
  expect(body.example).toBeDefined();
  expect(z.fromJSONSchema(body.schema).safeParse(body.example).error?.issues).toBeUndefined();
});

test("no example is left of a request that is gone", () => {
  expect(Object.keys(REQUEST_EXAMPLES)).toHaveLength(bodies.length);
});

test.each(answers)("the example of $name is one", ({ schema }) => {
  const { examples = [], ...rest } = exampled.parse(schema);
  expect(examples).toHaveLength(1);
  expect(z.fromJSONSchema(rest).safeParse(examples[0]).error?.issues).toBeUndefined();
});
