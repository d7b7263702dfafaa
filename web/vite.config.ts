// SPDX-License-Identifier: Apache-2.0
// What each page loads: hashed files beside a manifest that the server reads. Nothing is inlined,
// because the pages' policy runs nothing that stands in a page.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/static/",
  publicDir: false,
  logLevel: "warn",
  define: { BUILD: JSON.stringify(process.env["BAVN_BUILD"] ?? "by-hand") },
  worker: { format: "es" },
  build: {
    outDir: here("../src/bavn/runtime/static"),
    emptyOutDir: true,
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: "es2022",
    // MapLibre is one piece of 1 MB; it is loaded by pages with a map only.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: {
        theme: here("src/theme.ts"),
        main: here("src/main.ts"),
        situation: here("src/situation.ts"),
        connections: here("src/connections.ts"),
        centre: here("src/centre.ts"),
        centre_paper: here("src/centre_paper.ts"),
        report: here("src/report.ts"),
        call: here("src/call.ts"),
        divers: here("src/divers/page.ts"),
        outbox_page: here("src/outbox/page.ts"),
        "service-worker": here("src/service_worker.ts"),
      },
      output: {
        // The service worker is asked for under one name for ever.
        entryFileNames: (chunk) =>
          chunk.name === "service-worker" ? "[name].js" : "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
