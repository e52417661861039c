import type { ColumnStore } from "./store.ts";

type Settings = Readonly<Record<string, string | number>>;

/** The same store, whose statements have these settings unless they bring their own. Closing it closes the store. */
export function withSettings(store: ColumnStore, settings: Settings): ColumnStore {
  const added = <O extends { readonly settings?: Settings }>(options: O) => ({
    ...options,
    settings: { ...settings, ...options.settings },
  });
  return {
    kind: store.kind,
    ...(store.cluster === undefined ? {} : { cluster: store.cluster }),
    query: (sql, row, options = {}) => store.query(sql, row, added(options)),
    download: (sql, format, options = {}) => store.download(sql, format, added(options)),
    command: (sql, options = {}) => store.command(sql, added(options)),
    insertRows: (table, rows, options) => store.insertRows(table, rows, added(options)),
    insertNative: (table, columns, block, options) => store.insertNative(table, columns, block, added(options)),
    version: () => store.version(),
    close: () => store.close(),
  };
}
