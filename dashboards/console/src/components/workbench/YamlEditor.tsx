import { useRef } from "preact/hooks";
import type { Lint } from "../../apiTypes.ts";
import { t } from "../../language.ts";

/** A rule's text with line numbers and what is wrong with it; a problem's line number goes there. */
export function YamlEditor({ text, problems, onInput }: { text: string; problems: Lint["problems"]; onInput: (text: string) => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  const lines = text.split("\n").length;
  const bad = new Set(problems.map(({ line }) => line));
  const goTo = (line: number, column: number) => {
    const start =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length +
      (line > 1 ? 1 : 0) +
      column -
      1;
    area.current?.focus();
    area.current?.setSelectionRange(start, start);
  };
  return (
    <div>
      {problems.length > 0 && (
        <ul class="problems" role="alert">
          {problems.map(({ line, column, message }) => (
            <li key={`${line}${message}`}>
              <button type="button" class="quiet mono" onClick={() => goTo(line ?? 1, column ?? 1)}>
                {line ?? "–"}:{column ?? 1}
              </button>
              {message}
            </li>
          ))}
        </ul>
      )}
      <div class="editor">
        <pre ref={numbers} aria-hidden="true">
          {Array.from({ length: lines }, (_, i) => (
            <span key={i} class={bad.has(i + 1) ? "bad" : ""}>{`${i + 1}\n`}</span>
          ))}
        </pre>
        <textarea
          ref={area}
          aria-label={t("wb_text")}
          spellcheck={false}
          wrap="off"
          value={text}
          onInput={(event) => onInput(event.currentTarget.value)}
          onScroll={(event) => {
            if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
    </div>
  );
}
