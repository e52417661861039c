import { saveContact, saveDealer } from "@bellwether/alerts/routing/people";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres } from "@bellwether/postgres/open";
import type { Fleet } from "@bellwether/simulator/fleet";
import type { VehicleProfile } from "@bellwether/simulator/profile";

/** Consent text the demo's owners are said to have agreed to. */
const CONSENT_VERSION = "demo-1";

/** Stores the fleet's master data, its dealers and an owner contact for every car; repeating it changes nothing. */
export async function settlePeople(platform: { store: ColumnStore; db: Postgres }, fleet: Fleet, startMs: number): Promise<void> {
  const { store, db } = platform;
  const dealers = new Set(fleet.vehicles.map((vehicle) => vehicle.homeDealerId));
  for (const id of dealers) {
    await saveDealer(db, { id, name: `Dealer ${id}`, language: "en", channel: "log", address: id, timeZone: "Asia/Shanghai" });
  }
  for (const [index, vehicle] of fleet.vehicles.entries()) {
    await saveContact(db, contactOf(vehicle, index, startMs));
  }
  await store.insertRows("vehicles", fleet.vehicles.map(vehicleRow), { token: `demo-vehicles:${startMs}:${fleet.vehicles.length}` });
}

function contactOf(vehicle: VehicleProfile, index: number, startMs: number): Parameters<typeof saveContact>[1] {
  return {
    vin: vehicle.vin,
    name: `Owner ${index + 1}`,
    language: index % 2 === 0 ? "en" : "zh",
    channel: "log",
    address: `owner-${index + 1}`,
    timeZone: "Asia/Shanghai",
    dealerId: vehicle.homeDealerId,
    consent: { textVersion: CONSENT_VERSION, at: new Date(startMs).toISOString() },
  };
}

function vehicleRow(vehicle: VehicleProfile): Record<string, unknown> {
  return {
    vin: vehicle.vin,
    model: vehicle.model,
    chemistry: vehicle.chemistry,
    nominal_ah: vehicle.nominalAh,
    cells: vehicle.cells,
    built_on: vehicle.builtOn,
    region: vehicle.region,
    revision: 1,
  };
}
