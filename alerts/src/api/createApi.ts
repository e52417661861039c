import fastifyHelmet from "@fastify/helmet";
import fastifyRateLimit from "@fastify/rate-limit";
import { fastifySSE } from "@fastify/sse";
import fastifyStatic from "@fastify/static";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiApp, ApiDeps } from "./context.ts";
import { installDocumentation } from "./documentation.ts";
import { installEtags } from "./etags.ts";
import { installGuard } from "./guard.ts";
import { installIdempotency } from "./idempotency.ts";
import { createCars } from "./leadCar.ts";
import { createLeadNeighbours } from "./leadNeighbours.ts";
import { installProblems, sendProblem } from "./problems.ts";
import { actionRoutes } from "./routes/actions.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { apiKeyRoutes } from "./routes/apiKeys.ts";
import { dealerRoutes } from "./routes/dealers.ts";
import { eventRoutes } from "./routes/events.ts";
import { fleetWatchRoutes } from "./routes/fleetWatch.ts";
import { labelImportRoutes } from "./routes/labelImports.ts";
import { leadExportRoutes } from "./routes/leadExports.ts";
import { leadRoutes } from "./routes/leads.ts";
import { operationRoutes } from "./routes/operations.ts";
import { outcomeRoutes } from "./routes/outcomes.ts";
import { outsideScoreRoutes } from "./routes/outsideScores.ts";
import { ownerRoutes } from "./routes/owners.ts";
import { pipelineRoutes } from "./routes/pipeline.ts";
import { privacyRoutes } from "./routes/privacy.ts";
import { proofRoutes } from "./routes/proof.ts";
import { recallRoutes } from "./routes/recalls.ts";
import { receiptRoutes } from "./routes/receipts.ts";
import { repairOrderRoutes } from "./routes/repairOrders.ts";
import { ruleWatchRoutes } from "./routes/ruleWatch.ts";
import { signalScoreRoutes } from "./routes/signalScores.ts";
import { silenceRoutes } from "./routes/silences.ts";
import { tableExportRoutes } from "./routes/tableExports.ts";
import { vehicleRoutes } from "./routes/vehicles.ts";
import { workbenchRoutes } from "./routes/workbench.ts";
import { workbenchRunRoutes } from "./routes/workbenchRuns.ts";
import { createSourceTexts } from "./sourceTexts.ts";
import { createTrackRecords } from "./trackRecords.ts";
import { rulesPlaceOf } from "./workbenchContext.ts";

/**
 * The HTTP API and the console's files, not listening yet. Every route has a line in ROUTE_ROLES (access.ts);
 * one without does not start.
 */
export async function createApi(deps: ApiDeps): Promise<ApiApp> {
  const app: ApiApp = Fastify({
    bodyLimit: deps.config.apiBodyBytesMax,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  installProblems(app);
  installGuard(app, deps);
  installIdempotency(app, deps);
  installEtags(app);
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        upgradeInsecureRequests: null,
      },
    },
    // Bellwether itself speaks HTTP; a proxy that adds TLS adds this header too.
    strictTransportSecurity: false,
  });
  await app.register(fastifyRateLimit, { max: deps.config.apiRequestsPerMinute, timeWindow: 60_000 });
  await app.register(fastifySSE, { heartbeatInterval: 15_000 });
  await installDocumentation(app);
  vehicleRoutes(app, deps);
  fleetWatchRoutes(app, deps);
  signalScoreRoutes(app, deps);
  outsideScoreRoutes(app, deps);
  ruleWatchRoutes(app, deps);
  tableExportRoutes(app, deps);
  alertRoutes(app, deps);
  silenceRoutes(app, deps);
  ownerRoutes(app, deps);
  privacyRoutes(app, deps);
  actionRoutes(app, deps);
  receiptRoutes(app, deps);
  const { store, now } = deps;
  const sourceTexts = createSourceTexts(rulesPlaceOf(deps).dir, now);
  const about = {
    cars: createCars(store, now),
    trackRecords: createTrackRecords(store, now),
    neighbours: createLeadNeighbours(deps.db, now),
  };
  const leadDeps = { ...deps, ...about, sourceTexts };
  leadRoutes(app, leadDeps);
  leadExportRoutes(app, leadDeps);
  dealerRoutes(app, deps);
  proofRoutes(app, deps);
  outcomeRoutes(app, deps);
  repairOrderRoutes(app, deps);
  recallRoutes(app, deps);
  apiKeyRoutes(app, deps);
  operationRoutes(app, deps);
  labelImportRoutes(app, deps);
  workbenchRoutes(app, deps);
  workbenchRunRoutes(app, deps);
  pipelineRoutes(app, deps);
  eventRoutes(app, deps);
  healthRoutes(app, deps);
  await consoleFiles(app, deps);
  return app;
}

function healthRoutes(app: ApiApp, { db, store, metrics }: ApiDeps): void {
  const health = z.object({ status: z.literal("ok") });
  app.get("/healthz", { schema: { hide: true, response: { 200: health } } }, async () => ({ status: "ok" as const }));
  app.get("/readyz", { schema: { hide: true, response: { 200: health } } }, async () => {
    await Promise.all([db.query("SELECT 1 AS one", [], z.unknown()), store.query("SELECT 1 AS one", z.unknown())]);
    return { status: "ok" as const };
  });
  app.get("/metrics", { schema: { hide: true } }, async (_, reply) => reply.type("text/plain; version=0.0.4").send(await metrics.text()));
}

/** The built console: its files as they are, and index.html for every address a person may have bookmarked. */
async function consoleFiles(app: ApiApp, { config }: ApiDeps): Promise<void> {
  const hasConsole = config.apiConsoleDir !== undefined;
  if (hasConsole) await app.register(fastifyStatic, { root: config.apiConsoleDir ?? "", wildcard: true, index: ["index.html"] });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const isPage = request.method === "GET" && !/^\/(v1|docs)(\/|$)/.test(path) && !/\.[a-z0-9]+$/i.test(path);
    if (hasConsole && isPage) return reply.sendFile("index.html");
    return sendProblem(request, reply, 404, `${request.method} ${path} does not exist`);
  });
}
