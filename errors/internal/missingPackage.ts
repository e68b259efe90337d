import { Misconfigured } from "./reasons.ts"

/** What Node, Bun and Deno say of a package, as a module or as CommonJS. A file that is missing has a path in place of a name. */
const notFound = / find (?:package|module) '((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)(?:\/[^']*)?'/

/** The reason of a call that needs an optional package which Node didn't find; `undefined` if something else was thrown. */
export const missingPackage = (cause: unknown): Misconfigured | undefined => {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined
  const name = notFound.exec(String(message))?.[1]
  return name === undefined ? undefined : new Misconfigured({
    code: "PackageNotInstalled",
    description: `the package ${name} isn't installed`,
    isRetryable: false,
    advice: `Run: npm install ${name}`
  })
}
