import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join, normalize, relative } from "node:path";
import { Marked, type Tokens } from "marked";
import { anchorOf, isOutside, plainText } from "./links.ts";
import { navigation, type PageTitle, titleOf } from "./navigation.ts";

/** No script, nothing from elsewhere, no style of an attribute. */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'";
/** Larger files of the repository are named, not shown. */
const SHOWN_MAX_BYTES = 256 * 1024;
const BASE_STYLE = "apps/dashboard/src/shared/base.css";
const OWN_STYLE = "scripts/static-site/page.css";
const ICON = "apps/dashboard/src/shared/icon.svg";

/** Pages as HTML, and of the rest of the repository what they link to. */
export class Documentation {
  private readonly root: string;
  private readonly folder: string;
  private readonly titles: readonly PageTitle[];
  /** Files of the repository that pages link to, and that are no pages. */
  private readonly linked = new Set<string>();

  /** @param folder - of the site; pages go to `docs` and linked files to `source` in it. */
  constructor(root: string, folder: string, pages: readonly string[]) {
    this.root = root;
    this.folder = folder;
    this.titles = pages.map((page) => ({ page, title: titleOf(root, page) }));
  }

  write(): void {
    this.put("docs/style.css", this.text(BASE_STYLE) + this.text(OWN_STYLE));
    this.put("docs/icon.svg", this.text(ICON));
    for (const { page, title } of this.titles) {
      const target = this.targetOf(page) ?? "";
      const html = this.markdown(target, page, this.text(page));
      this.put(target, this.frame({ target, title, html }));
    }
    // A folder's page may link to further ones; the set grows as it is walked.
    for (const file of this.linked) this.writeLinked(file);
  }

  private text(file: string): string {
    return readFileSync(join(this.root, file), "utf8");
  }

  private put(target: string, text: string): void {
    const file = join(this.folder, target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Where a file of the repository stands in the site; undefined where it is no page. */
  private targetOf(file: string): string | undefined {
    if (!this.titles.some(({ page }) => page === file)) return undefined;
    if (file === "README.md") return "index.html";
    return file.replace(/[.]md$/, ".html").replace(/^(?!docs[/])/, "docs/");
  }

  /** @param from - the file of the site; links of `page` are as they must be there. */
  private markdown(from: string, page: string, source: string): string {
    const seen = new Map<string, number>();
    const link = (href: string): string => this.hrefFrom(from, page, href);
    const marked = new Marked({
      renderer: {
        heading({ tokens, depth }) {
          const anchor = anchorOf(plainText(tokens));
          const count = seen.get(anchor) ?? 0;
          seen.set(anchor, count + 1);
          const id = count === 0 ? anchor : `${anchor}-${count}`;
          const text = this.parser.parseInline(tokens);
          return `<h${depth} id="${escaped(id)}">${text}</h${depth}>\n`;
        },
        // What is told to the machine, in comments, is for nobody else.
        html: ({ raw }) => raw.replaceAll(/<!--[\s\S]*?-->\s*/g, ""),
      },
      walkTokens: (token) => {
        if (token.type !== "link" && token.type !== "image") return;
        const linking = token as Tokens.Link | Tokens.Image;
        linking.href = link(linking.href);
      },
    });
    const html = marked.parse(source, { async: false });
    return html
      .replaceAll(/<th([^>]*)><\/th>/g, "<td$1></td>")
      .replaceAll("<table>", '<div class="table" tabindex="0"><table>')
      .replaceAll("</table>", "</table></div>")
      .replaceAll("<pre>", '<pre tabindex="0">');
  }

  private hrefFrom(from: string, page: string, href: string): string {
    if (isOutside(href) || href.startsWith("#")) return href;
    const [path = "", anchor] = href.split("#", 2);
    const file = normalize(join(dirname(page), decodeURI(path))).replace(/[/]$/, "");
    const target = this.targetOf(file) ?? this.linkedTarget(file);
    const way = relative(dirname(from), target);
    return anchor === undefined ? way : `${way}#${anchor}`;
  }

  private linkedTarget(file: string): string {
    this.linked.add(file);
    if (isPicture(file)) return file;
    return `source/${file}.html`;
  }

  private writeLinked(file: string): void {
    const path = join(this.root, file);
    if (isPicture(file)) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      copyFileSync(path, join(this.folder, file));
      return;
    }
    const target = `source/${file}.html`;
    const html = statSync(path).isDirectory() ? this.listing(file) : this.source(file);
    this.put(target, this.frame({ target, title: file, html }));
  }

  private listing(folder: string): string {
    const names = readdirSync(join(this.root, folder)).sort();
    const lines = names.map((name) => `- [${name}](${name})`);
    const text = `# ${folder}\n\n${lines.join("\n")}\n`;
    return this.markdown(`source/${folder}.html`, `${folder}/.`, text);
  }

  private source(file: string): string {
    if (extname(file) === ".md") {
      return this.markdown(`source/${file}.html`, file, this.text(file));
    }
    const isLarge = statSync(join(this.root, file)).size > SHOWN_MAX_BYTES;
    const text = isLarge ? "It is too large to be shown here." : this.text(file);
    return `<h1>${escaped(file)}</h1>\n<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`;
  }

  private frame(page: { target: string; title: string; html: string }): string {
    const { target, title, html } = page;
    const to = (file: string): string => relative(dirname(target), file);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Hearsay</title>
<link rel="icon" href="${to("docs/icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${to("docs/style.css")}">
</head>
<body>
<a class="skip" href="#content">To the text</a>
${navigation(this.titles, { current: target, to, targetOf: (one) => this.targetOf(one) ?? "" })}
<main id="content">
${html}</main>
</body>
</html>
`;
  }
}

function isPicture(file: string): boolean {
  return [".png", ".svg"].includes(extname(basename(file)));
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
