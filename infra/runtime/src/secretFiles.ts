import { readFileSync } from "node:fs";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";

const PEM = /-----BEGIN [A-Z0-9 ]+-----/;

/** A certificate or key: PEM text, or the name of a file that holds it. Never printed. */
export function pem() {
  return z.string().min(1).meta({ expected: "PEM text or the name of a PEM file", isSecret: true });
}

/** The PEM text of a `pem` field. Throws `config_invalid` when the file is missing or is none; neither says what it holds. */
export function readPem(variable: string, textOrFile: string | undefined): string | undefined {
  if (textOrFile === undefined || PEM.test(textOrFile)) return textOrFile;
  const text = readSecretFile(variable, textOrFile);
  if (!PEM.test(text)) throw invalid(`${variable}: expected PEM, got a file without -----BEGIN ...-----`);
  return text;
}

/** A secret given as text, or in a file of its own, as container platforms mount them; a file's last line break is not part of it. */
export function readSecret(variable: string, text: string | undefined, file: string | undefined): string | undefined {
  if (text !== undefined && file !== undefined) throw invalid(`${variable} and ${variable}_FILE: expected one of them, got both`);
  return file === undefined ? text : readSecretFile(`${variable}_FILE`, file).replace(/\r?\n$/, "");
}

function readSecretFile(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw invalid(`${variable}: expected a file that can be read, got ${code}`);
  }
}

function invalid(message: string): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false });
}
