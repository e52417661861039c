import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LocationProvider, Route, Router } from "preact-iso";
import { ApiError, api } from "./api.ts";
import { Shell } from "./components/Shell.tsx";
import { language, startLanguages, t } from "./language.ts";
import { FleetPage } from "./pages/FleetPage.tsx";
import { LeadsPage } from "./pages/LeadsPage.tsx";
import { SignInPage } from "./pages/SignInPage.tsx";
import { VehiclePage } from "./pages/VehiclePage.tsx";
import { adoptKeyFromAddress } from "./session.ts";
import { useSignal } from "./signal.ts";
import "./styles.css";
import "./parts.css";

function App() {
  const current = useSignal(language);
  const [signedIn, setSignedIn] = useState<boolean | null>(null);
  useEffect(() => {
    api.session().then(
      () => setSignedIn(true),
      (error: unknown) => setSignedIn(error instanceof ApiError && error.status === 401 ? false : null),
    );
  }, []);
  if (signedIn === null) return <p class="notice">{t("loading")}</p>;
  if (!signedIn) return <SignInPage onSignedIn={() => setSignedIn(true)} />;
  return (
    <LocationProvider>
      <Shell key={current}>
        <Router>
          <Route path="/" component={FleetPage} />
          <Route path="/vehicles/:vin" component={({ vin }: { vin: string }) => <VehiclePage vin={vin} />} />
          <Route path="/leads" component={() => <LeadsPage />} />
          <Route path="/leads/:id" component={({ id }: { id: string }) => <LeadsPage id={id} />} />
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
