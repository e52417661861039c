import createClient from "openapi-fetch";
import type { paths } from "./generated/api.ts";
import { storedKey } from "./session.ts";

/** An answer other than 2xx, with the API's own words where it gave some. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The API, as its OpenAPI document describes it; every request carries the stored key. */
export const client = createClient<paths>({ baseUrl: location.origin });
client.use({
  onRequest({ request }) {
    const key = storedKey();
    if (key !== null) request.headers.set("authorization", `Bearer ${key}`);
    return request;
  },
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a call answered with; an ApiError for anything but success. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw new ApiError(response.status, wordsOf(error) ?? `HTTP ${response.status}`);
}

function wordsOf(problem: unknown): string | null {
  if (typeof problem !== "object" || problem === null) return null;
  if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
  return "title" in problem && typeof problem.title === "string" ? problem.title : null;
}
