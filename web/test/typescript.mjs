// Lets Node read the app's own sources: TypeScript, `@/` for src/, JSON, and plain stand-ins for the router.
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

const SOURCES = new URL("../src/", import.meta.url);
const ENDINGS = ["", ".ts", ".tsx", "/index.ts"];
const STAND_INS = { "next/link": "link", "next/navigation": "navigation" };

if (isMainThread) register(import.meta.url);

export async function resolve(name, context, next) {
  if (name in STAND_INS) return { url: new URL(`stand-ins/${STAND_INS[name]}.mjs`, import.meta.url).href, shortCircuit: true };
  const isOwn = name.startsWith("@/") || (name.startsWith(".") && context.parentURL?.startsWith(SOURCES.href));
  if (!isOwn) return next(name, context);
  const url = name.startsWith("@/") ? new URL(name.slice(2), SOURCES) : new URL(name, context.parentURL);
  const ending = ENDINGS.find((one) => existsSync(fileURLToPath(url.href + one)));
  return { url: url.href + (ending ?? ""), shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.startsWith(SOURCES.href)) return next(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  if (url.endsWith(".json")) return { format: "module", source: `export default ${text}`, shortCircuit: true };
  const { default: typescript } = await import("typescript");
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022, jsx: typescript.JsxEmit.ReactJSX };
  return { format: "module", source: typescript.transpileModule(text, { compilerOptions, fileName: url }).outputText, shortCircuit: true };
}
