import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a broker with secured listeners is started with; all PEM texts. */
export interface BrokerSecurity {
  /** Authority that has signed the broker's certificate, and must have signed those of clients (mTLS). */
  readonly ca: string;
  readonly cert: string;
  /** PKCS #8. */
  readonly key: string;
  /** May sign in with PLAIN and SCRAM. */
  readonly user: { readonly name: string; readonly password: string };
}

export interface SecuredAddresses {
  /** TLS; clients must show a certificate. */
  readonly mtls: readonly string[];
  /** TLS, and one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER (unsigned tokens, as Kafka's own test handler takes them). */
  readonly sasl: readonly string[];
}

export interface SecuredListeners {
  readonly addresses: SecuredAddresses;
  readonly listeners: readonly string[];
  readonly protocols: string;
  readonly properties: string;
  /** SCRAM users are part of the cluster's metadata, written when it is formatted. */
  readonly formatArguments: readonly string[];
}

const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
const MODULES = "org.apache.kafka.common.security";

/** Listener settings for a broker whose files are in `dir`; ports come from `freePort`. */
export async function securedListeners(
  dir: string,
  { ca, cert, key, user }: BrokerSecurity,
  freePort: () => Promise<number>,
): Promise<SecuredListeners> {
  const [keystore, truststore] = [join(dir, "broker.pem"), join(dir, "ca.pem")];
  await writeFile(keystore, `${key}\n${cert}`, { mode: 0o600 });
  await writeFile(truststore, ca);
  const [mtls, sasl] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const scram = `${MODULES}.scram.ScramLoginModule required;`;
  return {
    addresses: { mtls: [mtls], sasl: [sasl] },
    listeners: [`MTLS://${mtls}`, `SASL://${sasl}`],
    protocols: ",MTLS:SSL,SASL:SASL_SSL",
    formatArguments: MECHANISMS.filter((name) => name.startsWith("SCRAM")).flatMap((name) => [
      "--add-scram",
      `${name}=[name=${user.name},password=${user.password}]`,
    ]),
    properties: `ssl.keystore.type=PEM
ssl.keystore.location=${keystore}
ssl.truststore.type=PEM
ssl.truststore.location=${truststore}
listener.name.mtls.ssl.client.auth=required
listener.name.sasl.sasl.enabled.mechanisms=${MECHANISMS.join(",")}
listener.name.sasl.plain.sasl.jaas.config=${MODULES}.plain.PlainLoginModule required user_${user.name}="${user.password}";
listener.name.sasl.scram-sha-256.sasl.jaas.config=${scram}
listener.name.sasl.scram-sha-512.sasl.jaas.config=${scram}
listener.name.sasl.oauthbearer.sasl.jaas.config=${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
`,
  };
}
