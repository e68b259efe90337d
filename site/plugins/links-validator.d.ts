// What the site uses of starlight-links-validator. The package is published as TypeScript, and its code isn't as strict as the site's:
// with these declarations, tsc doesn't read it.
import type { StarlightPlugin } from "@astrojs/starlight/types"

export default function starlightLinksValidator(): StarlightPlugin
