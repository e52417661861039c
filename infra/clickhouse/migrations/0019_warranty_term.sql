-- forecasts: whether the warranty's limit is crossed while the warranty runs (closed list in analytics/src/forecast/warrantyTerm.ts), and how
-- long it runs from `at`. Empty and NULL where the vehicle's warranty has no known end. Serves: the same reads as before.
ALTER TABLE forecasts ADD COLUMN IF NOT EXISTS warranty_verdict LowCardinality(String) AFTER latest_months;
ALTER TABLE forecasts ADD COLUMN IF NOT EXISTS warranty_months_left Nullable(Float32) AFTER warranty_verdict;
