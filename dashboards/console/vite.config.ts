import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

/** Built to dist/, which the alerts service serves; in development, API calls go to a running `bellwether up`. */
export default defineConfig({
  plugins: [preact()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", sourcemap: false },
  server: { proxy: { "/v1": "http://127.0.0.1:8420" } },
});
