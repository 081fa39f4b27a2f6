/**
 * Fails when the JavaScript of the first page is too heavy. Counted is what the browser must fetch
 * before anything shows: the scripts of index.html and the modules that these import statically
 * (Vite lists those as modulepreload). Run after `npm run build`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const limitBytes = 250_000;
const folder = fileURLToPath(new URL("../../src/benchbook/web/", import.meta.url));
const page = readFileSync(join(folder, "index.html"), "utf8");
const files = new Set(
  [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1] ?? ""),
);

let total = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  initial JavaScript, gzipped`);
if (total > limitBytes || files.size === 0) {
  console.error(`More than ${limitBytes / 1000} kB: load something of it later.`);
  process.exit(1);
}
