/** PEM texts, not file names. All absent: TLS with the system's authorities and without a certificate of our own. */
export interface KafkaTls {
  /** Authorities that may have signed the brokers' certificates. */
  readonly ca?: string | undefined;
  /** Our own certificate and key, where the brokers ask for one (mTLS). */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** How this process proves to the brokers who it is. */
export type KafkaSasl =
  | { readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; readonly username: string; readonly password: string }
  /** `token` is asked for each time the brokers want one; it may keep what it has while that is valid. */
  | { readonly mechanism: "oauthbearer"; readonly token: () => Promise<string> };

export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Compression = (typeof COMPRESSIONS)[number];
