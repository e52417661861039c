import type { Lead, LeadSummary } from "@bellwether/alerts/api/leadSchemas";
import type { CellMap, Overview, Session, SignalSeries, VehicleDetail, VehicleSummary } from "@bellwether/alerts/api/schemas";
import type { ProgressState } from "@bellwether/alerts/decisions";
import type { Outcome } from "@bellwether/contracts/alert";
import { storedKey } from "./session.ts";

/** An answer other than 2xx, with the API's own words where it gave some. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** One call to the API, with the stored key. */
export async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const key = storedKey();
  const headers = new Headers(init.headers);
  if (key) headers.set("authorization", `Bearer ${key}`);
  if (init.body) headers.set("content-type", "application/json");
  const response = await fetch(`/v1${path}`, { ...init, headers });
  if (!response.ok) throw new ApiError(response.status, await problemText(response));
  return response.json();
}

/** A file of the API, for saving. */
export async function download(path: string): Promise<Blob> {
  const response = await fetch(`/v1${path}`, { headers: { authorization: `Bearer ${storedKey() ?? ""}` } });
  if (!response.ok) throw new ApiError(response.status, await problemText(response));
  return response.blob();
}

async function problemText(response: Response): Promise<string> {
  const problem: { detail?: string; title?: string } = await response.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `HTTP ${response.status}`;
}

/** `?a=1&b=2`; nothing for parameters that are not given. */
export const query = (params: Readonly<Record<string, string | number | undefined>>) => {
  const entries = Object.entries(params).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, String(value)]]));
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
};

const vehiclePath = (vin: string) => `/vehicles/${encodeURIComponent(vin)}`;
const leadPath = (id: string) => `/leads/${encodeURIComponent(id)}`;

export const api = {
  session: () => request<Session>("/session"),
  overview: () => request<Overview>("/overview"),
  vehicles: (options: { cursor?: string | undefined; limit?: number; search?: string }) =>
    request<Page<VehicleSummary> & { total: number }>(`/vehicles${query(options)}`),
  vehicle: (vin: string) => request<VehicleDetail>(vehiclePath(vin)),
  cells: (vin: string, days: number) => request<CellMap>(`${vehiclePath(vin)}/cells${query({ days })}`),
  signals: (vin: string, names: readonly string[], points: number) =>
    request<SignalSeries>(`${vehiclePath(vin)}/signals${query({ names: names.join(","), points })}`),
  leads: (options: { state?: string; cursor?: string }) => request<Page<LeadSummary>>(`/leads${query({ limit: 100, ...options })}`),
  lead: (id: string) => request<Lead>(leadPath(id)),
  acceptLead: (id: string) => request<Lead>(`${leadPath(id)}/accept`, { method: "POST" }),
  progressLead: (id: string, state: ProgressState) =>
    request<Lead>(`${leadPath(id)}/progress`, { method: "POST", body: JSON.stringify({ state }) }),
  closeLead: (id: string, outcome: Outcome, note: string) =>
    request<Lead>(`${leadPath(id)}/close`, { method: "POST", body: JSON.stringify({ outcome, note }) }),
};
