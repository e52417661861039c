import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface TestCertificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
  /** An authority nobody has heard of. */
  readonly strangerCa: string;
}

/** Certificates for one test run, for 127.0.0.1 and a day, made by `openssl`; null where there is none. */
export async function createTestCertificates(): Promise<TestCertificates | null> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-certificates-"));
  try {
    await run("openssl", ["version"]);
  } catch {
    return null;
  }
  try {
    await authority(dir, "ca");
    await authority(dir, "stranger");
    await signed(dir, "server");
    await signed(dir, "client");
    const text = (name: string) => readFile(join(dir, name), "utf8");
    return {
      ca: await text("ca.crt"),
      strangerCa: await text("stranger.crt"),
      server: { cert: await text("server.crt"), key: await text("server.key") },
      client: { cert: await text("client.crt"), key: await text("client.key") },
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

async function authority(dir: string, name: string): Promise<void> {
  const files = ["-keyout", join(dir, `${name}.key`), "-out", join(dir, `${name}.crt`)];
  await run("openssl", ["req", "-x509", ...NEW_KEY, "-days", "1", "-subj", `/CN=bellwether-test-${name}`, ...files]);
}

async function signed(dir: string, name: string): Promise<void> {
  const file = (ending: string) => join(dir, `${name}.${ending}`);
  await writeFile(file("ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  await run("openssl", ["req", ...NEW_KEY, "-subj", `/CN=${name}`, "-keyout", file("key"), "-out", file("csr")]);
  const by = ["-CA", join(dir, "ca.crt"), "-CAkey", join(dir, "ca.key"), "-CAcreateserial"];
  await run("openssl", ["x509", "-req", "-in", file("csr"), ...by, "-days", "1", "-extfile", file("ext"), "-out", file("crt")]);
}
