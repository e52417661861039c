/**
 * Partition of a key, the same on every adapter and the same as the Java client's default:
 * murmur2 of the key bytes, sign bit cleared, modulo the number of partitions
 * (org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey).
 */
export function partitionOf(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}

/** MurmurHash2, 32 bits, with Kafka's seed; returns a signed integer as Java does. O(length). */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length;
  const multiplier = 0x5bd1e995;
  let hash = 0x9747b28c ^ length;
  const wholeWords = length & ~3;
  for (let i = 0; i < wholeWords; i += 4) {
    let word = Math.imul(bytes.readInt32LE(i), multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  if (wholeWords < length) {
    for (let i = length - 1; i >= wholeWords; i--) hash ^= (bytes[i] ?? 0) << (8 * (i - wholeWords));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
