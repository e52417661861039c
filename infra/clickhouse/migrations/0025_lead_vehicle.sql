-- vehicles: what a lead says about the car beside its warranty. `software_version` as the maker names the car's software; what its battery
-- management reports is in the daily features. `goodwill_until`: the last day on which the maker takes a request to share the cost after
-- the warranty has ended, any component; NULL: not known. Serves: one vehicle's master data, as before.
ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS software_version Nullable(String) AFTER warranty_until;
ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS goodwill_until Nullable(Date) AFTER software_version;
