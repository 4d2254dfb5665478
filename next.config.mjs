/** @type {import("next").NextConfig} */
const config = {
  // The start script builds into a folder of its own and renames it, so that a broken build never replaces a good one.
  distDir: process.env.NESTEGG_NEXT_DIR || ".next",
  // Native modules and pino's workers must be loaded from node_modules, not bundled.
  serverExternalPackages: ["@duckdb/node-api", "@duckdb/node-bindings", "@libsql/client", "pino"],
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run verify` checks the types of everything, tests included; checking them again would make each start slower.
  typescript: { ignoreBuildErrors: true },
};

export default config;
