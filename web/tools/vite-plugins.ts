/**
 * What the build adds to Vite: the colour-scheme script that runs before the first paint, the
 * browsable API reference, and a compressed copy beside every text file.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);
const textFile = /\.(?:html|js|css|svg|json|txt|webmanifest)$/;

/**
 * The content security policy allows no inline script, and a module script runs too late: the
 * page would flash in the wrong colours. So a few lines go into a blocking file of their own.
 */
export function colourSchemeScript(source: string): Plugin {
  let fileName = "colour-scheme.js";
  return {
    name: "benchbook:colour-scheme-script",
    async buildStart() {
      if (this.meta.watchMode || !this.environment || this.environment.mode !== "build") {
        return;
      }
      const text = await readFile(source, "utf8");
      const digest = createHash("sha256").update(text).digest("base64url").slice(0, 8);
      fileName = `assets/colour-scheme-${digest}.js`;
      this.emitFile({ type: "asset", fileName, source: text });
    },
    configureServer(server) {
      server.middlewares.use("/colour-scheme.js", async (_request, response) => {
        response.setHeader("Content-Type", "text/javascript");
        response.end(await readFile(source));
      });
    },
    transformIndexHtml() {
      return [{ tag: "script", attrs: { src: `/${fileName}` }, injectTo: "head" }];
    },
  };
}

/** Copies Swagger UI and our own page around it to `reference/` of the output. */
export function apiReference(pageFolder: string, swaggerFolder: string): Plugin {
  let outputFolder = "";
  return {
    name: "benchbook:api-reference",
    apply: "build",
    configResolved(config) {
      outputFolder = resolve(config.root, config.build.outDir, "reference");
    },
    async writeBundle() {
      await mkdir(outputFolder, { recursive: true });
      for (const name of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
        await copyFile(join(swaggerFolder, name), join(outputFolder, name));
      }
      for (const name of await readdir(pageFolder)) {
        await copyFile(join(pageFolder, name), join(outputFolder, name));
      }
    },
  };
}

/** The fonts may be given on with their licence; Vite itself collects only those of scripts. */
export function fontLicences(fontsFolder: string): Plugin {
  return {
    name: "benchbook:font-licences",
    apply: "build",
    async generateBundle() {
      for (const font of await readdir(fontsFolder)) {
        const source = await readFile(join(fontsFolder, font, "LICENSE"), "utf8");
        this.emitFile({ type: "asset", fileName: `licences/font-${font}.txt`, source });
      }
    },
  };
}

/** Writes `sw.js`: our service worker, which knows the files of this release and its digest. */
export function serviceWorker(source: string): Plugin {
  let outputFolder = "";
  return {
    name: "benchbook:service-worker",
    apply: "build",
    configResolved(config) {
      outputFolder = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const entries = await readdir(outputFolder, { recursive: true, withFileTypes: true });
        const paths = entries
          .filter((entry) => entry.isFile())
          .map((entry) => relative(outputFolder, join(entry.parentPath, entry.name)))
          .map((path) => path.split(sep).join("/"))
          .filter((path) => !/^(?:reference|licences)\/|\.(?:br|gz)$|^sw\.js$/.test(path))
          .sort();
        const digest = createHash("sha256");
        for (const path of paths) {
          digest.update(path).update(await readFile(join(outputFolder, path)));
        }
        const text = await readFile(source, "utf8");
        digest.update(text);
        const files = paths.map((path) => (path === "index.html" ? "/" : `/${path}`));
        await writeFile(
          join(outputFolder, "sw.js"),
          `const RELEASE = ${JSON.stringify(digest.digest("hex").slice(0, 16))};\n` +
            `const FILES = ${JSON.stringify(files)};\n${text}`,
        );
      },
    },
  };
}

/** Writes `.br` and `.gz` beside each text file of the output that gains from it. */
export function precompress(): Plugin {
  let outputFolder = "";
  return {
    name: "benchbook:precompress",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      outputFolder = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const entries = await readdir(outputFolder, { recursive: true, withFileTypes: true });
        const files = entries
          .filter((entry) => entry.isFile() && textFile.test(entry.name))
          .map((entry) => join(entry.parentPath, entry.name));
        for (const file of files) {
          const content = await readFile(file);
          if (content.length < 512) {
            continue;
          }
          const brotli = await compressBrotli(content, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
              [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
            },
          });
          await writeFile(`${file}.br`, brotli);
          await writeFile(`${file}.gz`, await compressGzip(content, { level: 9 }));
        }
      },
    },
  };
}
