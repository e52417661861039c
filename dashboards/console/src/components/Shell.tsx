import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { chooseLanguage, language, t } from "../language.ts";
import { forgetKey, isStaff } from "../session.ts";
import { useSignal } from "../signal.ts";

/** Header with navigation, language and sign-out, around every page. */
export function Shell({ children }: { children: ComponentChildren }) {
  const current = useSignal(language);
  const staff = useSignal(isStaff);
  const { path } = useLocation();
  const link = (href: string, text: string) => (
    <a href={href} aria-current={isWithin(path, href) ? "page" : undefined}>
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
          {staff && link("/rules", t("wb_rules"))}
          {staff && link("/labels", t("wb_labels"))}
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

/** Pages that belong to an entry of the navigation without standing below its address. */
const BELONGING: Readonly<Record<string, readonly string[]>> = { "/": ["/vehicles"], "/rules": ["/compare", "/explain"] };

function isWithin(path: string, href: string): boolean {
  const isOwn = href === "/" ? path === "/" : path.startsWith(href);
  return isOwn || (BELONGING[href] ?? []).some((other) => path.startsWith(other));
}
