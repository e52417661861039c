import type { Language } from "@bellwether/contracts/alert";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { linkOptionsOf } from "../../config.ts";
import { actionLabel, type OwnerAction, readAction } from "../../owners/actionLinks.ts";
import { actForOwner, findMessage, type OwnerMessage } from "../../owners/ownerActions.ts";
import type { ApiApp, ApiDeps } from "../context.ts";

/**
 * The links in owners' messages. Opening one shows a page with one button and changes nothing, because mail scanners
 * and previews open links too; the button does it. The token is the right to do it: there is no other sign-in.
 */

const params = z.object({ token: z.string().max(200) });
const TEXTS: Readonly<Record<"done" | "gone" | "confirm", Readonly<Record<Language, string>>>> = {
  done: { en: "Thank you, it is noted.", zh: "谢谢，已记录。" },
  gone: { en: "This link is no longer valid.", zh: "此链接已失效。" },
  confirm: { en: "Please confirm:", zh: "请确认：" },
};

export function actionRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  // A form without fields arrives as urlencoded; there is nothing in it to read.
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, __, done) => done(null, {}));
  const schema = { params, hide: true };
  app.get("/v1/actions/:token", { schema }, async (request, reply) => {
    const link = await resolve(deps, request.params.token);
    return link === null
      ? page(reply, 410, "en", TEXTS.gone.en, null)
      : page(reply, 200, link.message.language, link.message.title, link.action);
  });
  app.post("/v1/actions/:token", { schema }, async (request, reply) => {
    const link = await resolve(deps, request.params.token);
    if (link === null) return page(reply, 410, "en", TEXTS.gone.en, null);
    await actForOwner(db, link.notificationId, link.action, now());
    return page(reply, 200, link.message.language, TEXTS.done[link.message.language], null);
  });
}

interface Resolved {
  readonly action: OwnerAction;
  readonly notificationId: string;
  readonly message: OwnerMessage;
}

async function resolve({ db, config, now }: ApiDeps, token: string): Promise<Resolved | null> {
  const options = linkOptionsOf(config);
  const link = options === null ? "invalid" : readAction(token, options.secret, now());
  if (typeof link === "string") return null;
  const message = await findMessage(db, link.notificationId);
  return message === null ? null : { ...link, message };
}

function page(reply: FastifyReply, status: number, language: Language, text: string, action: OwnerAction | null): FastifyReply {
  const form =
    action === null
      ? ""
      : `<p>${TEXTS.confirm[language]}</p><form method="post"><button>${escapeHtml(actionLabel(action, language))}</button></form>`;
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Bellwether</title>`;
  return reply
    .code(status)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .serializer(String)
    .send(`<!doctype html><html lang="${language}">${head}<h1>${escapeHtml(text)}</h1>${form}</html>`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
