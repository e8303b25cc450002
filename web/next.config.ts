import type { NextConfig } from "next";

// The server puts the real base path in the place of this one when it reads the built files: see
// src/holdfast/interfaces/api/web_app.py.
const BASE = "/__holdfast_base__";
const isBuild = process.env.NODE_ENV === "production";

const config: NextConfig = {
  ...(isBuild
    ? { output: "export" as const, basePath: BASE }
    : {
        // `npm run dev` asks a `holdfast serve` that runs beside it.
        rewrites: async () => [
          { source: "/api/:path*", destination: `${process.env.HOLDFAST_SERVER ?? "http://127.0.0.1:8000"}/api/:path*` },
        ],
      }),
  trailingSlash: true,
  reactStrictMode: true,
  typescript: { ignoreBuildErrors: true }, // `npm run types` checks them, over less
  images: { unoptimized: true },
  env: { NEXT_PUBLIC_BASE: isBuild ? BASE : "" },
  generateBuildId: async () => "holdfast", // the same sources make the same files
};

export default config;
