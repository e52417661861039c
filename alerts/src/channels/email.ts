import { createTransport } from "nodemailer";
import type { Delivery } from "../delivery/delivery.ts";
import { type Channel, classifyIoError, type Outgoing, raceAbort } from "./channel.ts";

export interface EmailChannelOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 465); otherwise STARTTLS is used where the server offers it. */
  readonly isTls: boolean;
  readonly auth: { readonly user: string; readonly password: string } | null;
  readonly from: string;
  readonly timeoutMs: number;
}

const ADDRESS = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/;

/** Sends each message as plain text over SMTP; the notification's id is in the Message-ID, so a receiver can drop a repeat. */
export function createEmailChannel(options: EmailChannelOptions): Channel {
  const { host, port, isTls, auth, timeoutMs } = options;
  const transport = createTransport({
    host,
    port,
    secure: isTls,
    ...(auth === null ? {} : { auth: { user: auth.user, pass: auth.password } }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const submit = async (message: Outgoing): Promise<string> => {
    const { messageId } = await transport.sendMail({
      from: options.from,
      to: { name: "", address: message.address },
      subject: message.title,
      text: message.body,
      messageId: `<${message.id}@bellwether>`,
      headers: { "X-Idempotency-Key": message.id, "Content-Language": message.language, "Auto-Submitted": "auto-generated" },
    });
    return messageId;
  };
  return {
    limits: { titleChars: 78, bodyChars: 8000 },
    send: (message, signal) => deliver(message, signal, submit),
    close: async () => transport.close(),
  };
}

async function deliver(message: Outgoing, signal: AbortSignal, submit: (message: Outgoing) => Promise<string>): Promise<Delivery> {
  if (!ADDRESS.test(message.address)) {
    return { kind: "failed", retryable: false, reason: "address_invalid", detail: "expected one e-mail address" };
  }
  try {
    // nodemailer takes no signal; its own timeouts end the connection that is left behind.
    return { kind: "sent", providerId: await raceAbort(submit(message), signal) };
  } catch (error) {
    return classifySmtpError(error, signal);
  }
}

/** SMTP turns HTTP's classes round: 4yz is "later", 5yz is "never" (RFC 5321 section 4.2.1). */
function classifySmtpError(error: unknown, signal: AbortSignal): Delivery {
  const status = error instanceof Error && "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : null;
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (signal.aborted || status === null) return classifyIoError(error, signal);
  const detail = `expected SMTP 250, got ${status}`;
  // A refused login is the operator's mistake, not the message's: it is worth another try once corrected.
  if (status >= 500 && code !== "EAUTH") return { kind: "failed", retryable: false, reason: "rejected", detail };
  return { kind: "failed", retryable: true, reason: "unavailable", detail };
}
