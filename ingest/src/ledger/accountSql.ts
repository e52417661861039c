/**
 * The account of every partition, in one statement over the ledger and the parked records.
 * A range that was announced twice (crash, new owner) counts once, in its furthest state. A range announced by a writer
 * that was fenced stays pending for good; it counts only beyond what has landed.
 * What has been pruned is not counted: the account begins with the first range that is kept.
 * `{since:DateTime64(3, 'UTC')}` limits it to blocks recorded since then. O(blocks log blocks).
 */
export const ACCOUNT_SQL = `
SELECT topic, partition, firstOffset, lastOffset, records, landed, ignored, toUInt64(length(reasons)) AS parked,
  mapFromArrays(arrayDistinct(reasons), arrayMap(one -> toUInt64(countEqual(reasons, one)), arrayDistinct(reasons))) AS parkedByReason,
  toInt64(records) - toInt64(landed) - toInt64(ignored) - toInt64(parked) AS unaccounted,
  gaps, doubles, absent, pending, samples
FROM (
  SELECT log_topic AS topic, log_partition AS partition,
    minOrNullIf(first_offset, is_landed) AS firstOffset, maxOrNullIf(last_offset, is_landed) AS lastOffset,
    sumIf(n_records, is_landed) AS records, sumIf(n_landed, is_landed) AS landed, sumIf(n_ignored, is_landed) AS ignored,
    sumIf(n_samples, is_landed) AS samples,
    sumIf(greatest(toInt64(first_offset) - reach - 1, 0), is_landed AND place > 1) AS gaps,
    sumIf(greatest(least(reach, toInt64(last_offset)) - toInt64(first_offset) + 1, 0), is_landed AND place > 1) AS doubles,
    sumIf(toInt64(last_offset - first_offset + 1) - toInt64(n_records), is_landed) AS absent,
    sumIf(n_records, NOT is_landed AND toInt64(last_offset) > landed_to) AS pending
  FROM (
    SELECT *,
      max(toInt64(last_offset)) OVER (PARTITION BY log_topic, log_partition, is_landed ORDER BY first_offset, last_offset
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach,
      row_number() OVER (PARTITION BY log_topic, log_partition, is_landed ORDER BY first_offset, last_offset) AS place,
      max(if(is_landed, toInt64(last_offset), -1)) OVER (PARTITION BY log_topic, log_partition) AS landed_to
    FROM (
      SELECT log_topic, log_partition, first_offset, last_offset, max(toInt8(state)) = 2 AS is_landed,
        argMax(l.records, toInt8(l.state)) AS n_records, argMax(l.landed, toInt8(l.state)) AS n_landed,
        argMax(l.ignored, toInt8(l.state)) AS n_ignored, argMax(l.samples, toInt8(l.state)) AS n_samples
      FROM ingest_ledger AS l
      LEFT JOIN (
        -- How far the ledger has been pruned (ledgerPruning.ts); 0 where it never was.
        SELECT key, toUInt64OrZero(argMax(value, revision)) AS horizon FROM engine_state WHERE scope = 'ingest-ledger' GROUP BY key
      ) AS pruned ON pruned.key = concat(toString(l.log_topic), ':', toString(l.log_partition))
      WHERE recorded_at >= {since:DateTime64(3, 'UTC')} AND last_offset >= pruned.horizon
      GROUP BY log_topic, log_partition, first_offset, last_offset
    )
  )
  GROUP BY log_topic, log_partition
) AS blocks
LEFT JOIN (
  SELECT log_topic, log_partition, groupArray((log_offset, reason)) AS letters
  -- FINAL: a record parked twice (crash) is one record; parked records are few.
  FROM rejected_records FINAL GROUP BY log_topic, log_partition
) AS parked_records ON parked_records.log_topic = topic AND parked_records.log_partition = partition
ARRAY JOIN [arrayMap(letter -> letter.2, arrayFilter(letter -> letter.1 BETWEEN ifNull(firstOffset, 1) AND ifNull(lastOffset, 0), letters))] AS reasons
ORDER BY topic, partition`;
