import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import {
  apiReference,
  colourSchemeScript,
  fontLicences,
  precompress,
  serviceWorker,
} from "./tools/vite-plugins.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.BENCHBOOK_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    react(),
    colourSchemeScript(here("./src/app/colour-scheme.js")),
    apiReference(here("./reference"), here("./node_modules/swagger-ui-dist")),
    fontLicences(here("./node_modules/@fontsource-variable")),
    serviceWorker(here("./src/service-worker.js")),
    precompress(),
  ],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: "../src/benchbook/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    license: { fileName: "licences/scripts.md" },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/health", "/reference", "/docs"].map((path) => [path, { target: server }]),
    ),
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    restoreMocks: true,
  },
});
