import { satteri } from "@astrojs/markdown-satteri"
import starlight from "@astrojs/starlight"
import { defineConfig } from "astro/config"
import * as fs from "node:fs"
import * as path from "node:path"
import starlightLinksValidator from "starlight-links-validator"
import { guides, project } from "./navigation.ts"
import { sidebarOf } from "./pages/tree.ts"
import { parsedHtml } from "./plugins/html.ts"
import { searchWeights } from "./plugins/search.ts"
import { script as shownInSidebar } from "./plugins/sidebar.ts"
import { script, scrollableTables } from "./plugins/tables.ts"
import { base, content, origin, repository, root, title } from "./project.ts"

const hasReference = fs.existsSync(path.join(content, "api"))

export default defineConfig({
  site: origin,
  base,
  trailingSlash: "always",
  devToolbar: { enabled: false },
  markdown: {
    // The reference names the anchors of its headings: ### AwsError {#AwsError}. Punctuation is as GitHub shows it.
    processor: satteri({
      hastPlugins: [parsedHtml, scrollableTables],
      features: { headingAttributes: true, smartPunctuation: false }
    })
  },
  integrations: [
    searchWeights,
    starlight({
      title,
      favicon: "/favicon.svg",
      social: [{ icon: "github", label: "GitHub", href: repository }],
      head: [{ tag: "script", attrs: { type: "module" }, content: script + shownInSidebar }],
      customCss: ["./src/styles/site.css"],
      // A title has its weight as a heading already: as the name of a page, it would count more than all that is on the others.
      pagefind: { ranking: { metaWeights: { title: 1 } } },
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
      credits: false,
      expressiveCode: {
        themes: ["github-dark", "github-light"],
        // Only a block's own title is one: a comment in the code stays in the code.
        frames: { extractFileNameFromCode: false },
        styleOverrides: { frames: { editorActiveTabIndicatorTopColor: "var(--sl-color-accent)" } }
      },
      plugins: [starlightLinksValidator()],
      sidebar: [
        ...sidebarOf(root, guides),
        ...(hasReference
          ? [{ label: "API reference", collapsed: true, items: [{ autogenerate: { directory: "api" } }] }]
          : []),
        ...sidebarOf(root, project)
      ]
    })
  ]
})
