import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { t } from "../language.ts";
import { forgetKey, storeKey } from "../session.ts";

/** Asks for an API key and tries it before letting the reader in. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const [key, setKey] = useState("");
  const [refused, setRefused] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    storeKey(key);
    try {
      await api.session();
      onSignedIn();
    } catch {
      forgetKey();
      setRefused(true);
    }
  };
  return (
    <form class="card stack sign-in" onSubmit={submit}>
      <div>
        <h1>Bellwether</h1>
        <span class="muted">{t("signInHint")}</span>
      </div>
      <label>
        {t("apiKey")}
        <input type="password" autocomplete="off" value={key} onInput={(event) => setKey(event.currentTarget.value)} required />
      </label>
      {refused && <p class="notice bad">{t("keyRefused")}</p>}
      <button type="submit" class="primary">
        {t("signIn")}
      </button>
    </form>
  );
}
