import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LocationProvider, lazy, Route, Router } from "preact-iso";
import { api } from "./api.ts";
import { ApiError } from "./client.ts";
import { Shell } from "./components/Shell.tsx";
import { language, startLanguages, t } from "./language.ts";
import { FleetPage } from "./pages/FleetPage.tsx";
import { LeadsPage } from "./pages/LeadsPage.tsx";
import { SignInPage } from "./pages/SignInPage.tsx";
import { VehiclePage } from "./pages/VehiclePage.tsx";
import { adoptKeyFromAddress, isStaff } from "./session.ts";
import { useSignal } from "./signal.ts";
import "./styles.css";
import "./parts.css";

// The workbench is for analysts: its pages come when they are opened.
const RulesPage = lazy(() => import("./pages/RulesPage.tsx").then((page) => page.RulesPage));
const RulePage = lazy(() => import("./pages/RulePage.tsx").then((page) => page.RulePage));
const ComparePage = lazy(() => import("./pages/ComparePage.tsx").then((page) => page.ComparePage));
const ExplainPage = lazy(() => import("./pages/ExplainPage.tsx").then((page) => page.ExplainPage));
const LabelsPage = lazy(() => import("./pages/LabelsPage.tsx").then((page) => page.LabelsPage));

function App() {
  const current = useSignal(language);
  const [signedIn, setSignedIn] = useState<boolean | null>(null);
  useEffect(() => {
    api.session().then(
      (session) => {
        isStaff.set(session.role !== "dealer" && session.role !== "owner");
        setSignedIn(true);
      },
      (error: unknown) => setSignedIn(error instanceof ApiError && error.status === 401 ? false : null),
    );
  }, []);
  if (signedIn === null) return <p class="notice">{t("loading")}</p>;
  if (!signedIn) return <SignInPage onSignedIn={() => location.reload()} />;
  return (
    <LocationProvider>
      <Shell key={current}>
        <Router>
          <Route path="/" component={FleetPage} />
          <Route path="/vehicles/:vin" component={({ vin }: { vin: string }) => <VehiclePage vin={vin} />} />
          <Route path="/leads" component={() => <LeadsPage />} />
          <Route path="/leads/:id" component={({ id }: { id: string }) => <LeadsPage id={id} />} />
          <Route path="/rules" component={RulesPage} />
          <Route path="/rules/:id" component={RulePage} />
          <Route path="/compare" component={ComparePage} />
          <Route path="/explain" component={ExplainPage} />
          <Route path="/labels" component={LabelsPage} />
          <Route default component={() => <p class="notice">{t("page_missing")}</p>} />
        </Router>
      </Shell>
    </LocationProvider>
  );
}

adoptKeyFromAddress();
await startLanguages();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
