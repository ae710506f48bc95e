import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressedCopies } from './compressed-copies.ts';

/** The page that the service serves at its root. While it is being written, `vite dashboard` shows it beside a running service. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressedCopies()],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // The policy of the page allows no data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    target: 'es2023',
    // They are news on a busy machine only.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    proxy: Object.fromEntries(
      ['/v3', '/platform', '/openapi.json', '/docs'].map((path) => [path, 'http://127.0.0.1:4000']),
    ),
  },
});
