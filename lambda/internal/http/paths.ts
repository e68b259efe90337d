// The paths of events.
import { invalid } from "../settings.ts"

/** A base path as the prefix of paths, without a slash at its end. `undefined` if there is nothing to remove. */
export const baseOf = (basePath: string | undefined): string | undefined => {
  // Programs in JavaScript may pass anything.
  const given: unknown = basePath ?? ""
  if (typeof given !== "string") throw invalid("basePath", given, "a path, as \"/v1\"")
  const names = given.split("/").filter((name) => name !== "")
  return names.length === 0 ? undefined : `/${names.join("/")}`
}

/** A path without a prefix of whole names. */
export const withoutPrefix = (path: string, prefix: string | undefined): string => {
  if (prefix === undefined || path === prefix) return prefix === undefined ? path : "/"
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
}

/**
 * A decoded path, so that it decodes to the same. `?`, `#` and `;` end a path for Effect's router, so here they were encoded. The
 * other characters that a path may have stay as they are, so that they match those of a route.
 */
export const encodePath = (path: string): string => encodeURI(path.toWellFormed()).replace(/[?#;]/g, encodeURIComponent)
