import type { NextConfig } from 'next';

// Files alone, for Firebase Hosting or any other server of files. `scripts/csp.mjs` goes over them.
const config: NextConfig = {
  output: 'export',
  reactStrictMode: true,
  poweredByHeader: false,
  images: { unoptimized: true },
  turbopack: { resolveAlias: { re2js: './lib/live/noPatterns.ts' } },
};

export default config;
