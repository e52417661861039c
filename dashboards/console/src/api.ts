import { answered, client } from "./client.ts";
import type { components } from "./generated/api.ts";

/** What the pages about vehicles and leads ask. */

type Lead = components["schemas"]["Lead"];
type Outcome = NonNullable<Lead["outcome"]>;
type ProgressState = Extract<Lead["state"], "contacted" | "booked" | "in_service">;

const ofVehicle = (vin: string) => ({ path: { vin } });
const ofLead = (id: string) => ({ params: { path: { id } } });

export const api = {
  session: () => answered(client.GET("/v1/session")),
  overview: () => answered(client.GET("/v1/overview")),
  vehicles: (query: { cursor?: string; limit?: number; search?: string }) => answered(client.GET("/v1/vehicles", { params: { query } })),
  vehicle: (vin: string) => answered(client.GET("/v1/vehicles/{vin}", { params: ofVehicle(vin) })),
  cells: (vin: string, days: number) =>
    answered(client.GET("/v1/vehicles/{vin}/cells", { params: { ...ofVehicle(vin), query: { days } } })),
  signals: (vin: string, names: readonly string[], points: number) =>
    answered(client.GET("/v1/vehicles/{vin}/signals", { params: { ...ofVehicle(vin), query: { names: names.join(","), points } } })),
  fleetFindings: (kind: "common-cause" | "charging-station", limit: number) =>
    answered(client.GET("/v1/fleet/findings", { params: { query: { kind, limit } } })),
  raisedRates: (limit: number) => answered(client.GET("/v1/fleet/rates", { params: { query: { state: "raised", limit } } })),
  partLives: () => answered(client.GET("/v1/fleet/part-lives")),
  engineeringCases: () => answered(client.GET("/v1/engineering-cases")),
  repeatRepairs: () => answered(client.GET("/v1/quality/regions")),
  leads: (query: { state?: Lead["state"]; cursor?: string }) =>
    answered(client.GET("/v1/leads", { params: { query: { limit: 100, ...query } } })),
  lead: (id: string) => answered(client.GET("/v1/leads/{id}", ofLead(id))),
  acceptLead: (id: string) => answered(client.POST("/v1/leads/{id}/accept", ofLead(id))),
  /** `bookedFor`: the appointment; null: none was named. */
  progressLead: (id: string, state: ProgressState, bookedFor: string | null) =>
    answered(client.POST("/v1/leads/{id}/progress", { ...ofLead(id), body: { state, bookedFor } })),
  closeLead: (id: string, outcome: Outcome, note: string) =>
    answered(client.POST("/v1/leads/{id}/close", { ...ofLead(id), body: { outcome, note } })),
};
