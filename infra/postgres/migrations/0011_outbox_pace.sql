-- A busy outbox: rows are updated twice (leased, settled) and the front of `outbox_due` is always where rows die.
-- Room in the page keeps the lease a heap-only update; vacuum comes by changed rows, not by a share of what has ever been sent.
-- Serves: senders taking due rows. Measured with 1,000,000 rows due: test/README.md, "Duplicate-send campaign".
ALTER TABLE outbox SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);
