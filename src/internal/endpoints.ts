import * as Effect from "effect/Effect"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"

/** One URL for all services, or one for each that is named. `*` stands for the services without a name. */
export type Endpoints = string | { readonly [service: string]: string | undefined }

/** A service by its id, as AWS writes it in configuration files: `CloudWatch Logs` is `cloudwatch_logs`. */
export const keyOf = (serviceId: string): string => serviceId.trim().toLowerCase().replace(/[\s-]+/g, "_")

/** A name without what people leave out: `secretsmanager` is Secrets Manager, too. */
const looseKeyOf = (name: string): string => keyOf(name).replaceAll("_", "")

/** The endpoint of a service, if it has one. */
export const ofService = (endpoints: Endpoints | undefined, serviceId: string): string | undefined => {
  if (typeof endpoints !== "object") return endpoints
  const wanted = looseKeyOf(serviceId)
  // The last one: merged endpoints end with those that come first.
  const own = Object.entries(endpoints).findLast(([name, url]) => url !== undefined && looseKeyOf(name) === wanted)
  return own?.[1] ?? endpoints["*"]
}

/** Whether services have different endpoints. */
export const differ = (endpoints: Endpoints | undefined): endpoints is Exclude<Endpoints, string> =>
  typeof endpoints === "object"

/** The first endpoints, and those of the second for services that the first don't name. */
export const merge = (first: Endpoints | undefined, second: Endpoints | undefined): Endpoints | undefined => {
  if (typeof first !== "object") return first ?? second
  const named: Record<string, string | undefined> = {}
  for (const endpoints of [typeof second === "string" ? { "*": second } : second ?? {}, first]) {
    for (const [name, url] of Object.entries(endpoints)) {
      if (url === undefined) continue
      // A name that is set again would keep its place, and `ofService` goes by the place.
      delete named[keyOf(name)]
      named[keyOf(name)] = url
    }
  }
  return named
}

// The URL parser is lenient: it completes `http:host`, and takes a backslash for a slash and a blank for %20.
const isEndpoint = (url: string): boolean => /^https?:\/\/[^\s/?#\\@]+(\/[^\s?#\\]*)?$/i.test(url) && URL.canParse(url)

/** Fails unless it's a URL that requests can be sent to. `setting` is where it comes from. */
export const checkUrl = (url: string, setting: string): Effect.Effect<void, InvalidSetting> =>
  isEndpoint(url) ? Effect.void : Effect.fail(
    new InvalidSetting({
      setting,
      // A URL may hold a password.
      value: url.replace(/[^/\s]*@/g, "...@"),
      expected: "a whole http or https URL without user name, query and fragment, such as http://127.0.0.1:4566"
    })
  )

/** Checks the endpoints of the `endpoint` option. */
export const check = (endpoints: Endpoints | undefined): Effect.Effect<void, InvalidSetting> => {
  if (endpoints === undefined) return Effect.void
  if (typeof endpoints === "string") return checkUrl(endpoints, "The `endpoint` option")
  return Effect.forEach(
    Object.entries(endpoints),
    ([name, url]) => url === undefined ? Effect.void : checkUrl(url, `The \`endpoint\` option for ${name}`),
    { discard: true }
  )
}
