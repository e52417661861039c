import { BellwetherError } from "@bellwether/contracts/errors";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";

/** Errors as RFC 9457 problem details: what was expected, never what is inside. */

/** An answer other than success that a route decides on. */
export class Problem extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, detail: string) {
    super(detail);
    this.name = "Problem";
    this.statusCode = statusCode;
  }
}

export const notFound = (what: string) => new Problem(404, `${what} does not exist or is not yours to see`);
export const badRequest = (detail: string) => new Problem(400, detail);

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  406: "Not acceptable",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Unprocessable",
  429: "Too many requests",
  500: "Internal error",
  503: "Unavailable",
};

/** Answers every error as application/problem+json; what is broken inside goes to the log only. */
export function installProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, detail } = explain(error);
    if (status >= 500) request.log.error({ err: error }, "request failed");
    return sendProblem(request, reply, status, detail);
  });
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .serializer(JSON.stringify)
    .send({ type: "about:blank", title: TITLES[status] ?? "Error", status, detail, requestId: request.id });
}

function explain(error: FastifyError): { status: number; detail: string } {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map(({ instancePath, message }) => `${instancePath.replace(/^\//, "") || "body"}: ${message}`);
    return { status: 400, detail: `${error.validationContext ?? "request"}: ${problems.join("; ")}` };
  }
  if (error instanceof BellwetherError && error.code === "store_unavailable") return { status: 503, detail: "a database does not answer" };
  const status = error.statusCode ?? 500;
  return { status, detail: status < 500 ? error.message : "the request failed; the log says why under this request id" };
}
