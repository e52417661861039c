import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { chooseLanguage, language, t } from "../language.ts";
import { forgetKey } from "../session.ts";
import { useSignal } from "../signal.ts";

/** Header with navigation, language and sign-out, around every page. */
export function Shell({ children, isStaff }: { children: ComponentChildren; isStaff: boolean }) {
  const current = useSignal(language);
  const { path } = useLocation();
  const link = (href: string, text: string) => (
    <a
      href={href}
      aria-current={(href === "/" ? path === "/" || path.startsWith("/vehicles") : path.startsWith(href)) ? "page" : undefined}
    >
      {text}
    </a>
  );
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" />
          Bellwether
        </a>
        <nav class="nav">
          {link("/", t("fleet"))}
          {link("/leads", t("leads"))}
          {isStaff && link("/rules", t("wb_rules"))}
          {isStaff && link("/labels", t("wb_labels"))}
        </nav>
        <button type="button" class="quiet" onClick={() => chooseLanguage(current === "zh" ? "en" : "zh")}>
          {current === "zh" ? "English" : "中文"}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            forgetKey();
            location.reload();
          }}
        >
          {t("signOut")}
        </button>
      </header>
      <main class="page">{children}</main>
    </>
  );
}
