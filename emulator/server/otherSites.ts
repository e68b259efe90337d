// Keeps the pages of other sites from the control API. A page can send requests to an address of the machine that its browser runs on,
// or of one whose name its own site resolves to this address.
import { isIP } from "node:net"
import type { Request } from "../wire/http.ts"

/** The host of an authority or an origin, without its port; undefined if it has none. */
const hostOf = (authority: string): string | undefined => {
  try {
    return new URL(authority.includes("://") ? authority : `http://${authority}`).hostname.replace(/^\[|\]$/g, "")
      .replace(/\.$/, "")
  } catch {
    return undefined
  }
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))

/**
 * Whether a site can't have made this name lead here. Besides loopback names and addresses, these are the names that a container has
 * for another one or for its machine, which have no dot or end with `internal`.
 */
const isOwn = (host: string, listened: string): boolean =>
  isLoopback(host) || isIP(host) !== 0 || host === listened.toLowerCase() || !host.includes(".") ||
  host.endsWith(".internal")

/** What is wrong with the host or the origin of a request to the control API, if anything. */
export const problemWithPage = ({ headers }: Request, listened: string): string | undefined => {
  const host = headers["host"] === undefined ? undefined : hostOf(headers["host"])
  if (headers["host"] !== undefined && (host === undefined || !isOwn(host, listened))) {
    return `The control API doesn't take requests for the host ${JSON.stringify(headers["host"])}. ` +
      "Send them to localhost or to an IP address."
  }
  const origin = headers["origin"]
  if (origin === undefined) return undefined
  const from = hostOf(origin)
  return origin.includes("://") && from !== undefined && (from === host || isLoopback(from))
    ? undefined
    : `The control API doesn't take requests from pages of other sites, such as ${JSON.stringify(origin)}.`
}
