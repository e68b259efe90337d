/** Reads web identity tokens (JWTs). Doesn't verify their signatures. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import type { OidcProvider } from "../iam/state.ts"

interface Claims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | ReadonlyArray<string>
  readonly amr?: string | ReadonlyArray<string>
  readonly azp?: string
  readonly exp?: number
}

export interface WebIdentity {
  readonly claims: Claims
  /** The issuer as policies name it: `accounts.google.com`. */
  readonly provider: string
}

const invalidToken = (message: string) => new Fault({ code: "InvalidIdentityToken", message, statusCode: 400 })

const parse = (token: string): Claims => {
  const parts = token.split(".")
  if (parts.length !== 3) throw new Error("not three parts")
  const claims: unknown = JSON.parse(Buffer.from(parts[1]!, "base64url").toString())
  if (typeof claims !== "object" || claims === null) throw new Error("not an object")
  return claims
}

export const readToken = Effect.fnUntraced(function*(token: string) {
  const claims = yield* Effect.try({
    try: () => parse(token),
    catch: () =>
      invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
  })
  if (claims.sub === undefined) return yield* invalidToken("Missing a required claim: sub")
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  if (claims.exp !== undefined && claims.exp <= now) {
    return yield* new Fault({
      code: "ExpiredTokenException",
      message: `Token expired: current date/time ${now} must be before the expiration date/time ${claims.exp}`,
      statusCode: 400
    })
  }
  const identity: WebIdentity = { claims, provider: (claims.iss ?? "").replace(/^https:\/\//, "") }
  return identity
})

/** The providers that AWS trusts itself. An account doesn't have them. */
const builtIn: ReadonlySet<string> = new Set([
  "accounts.google.com",
  "cognito-identity.amazonaws.com",
  "graph.facebook.com",
  "www.amazon.com"
])

/**
 * Checks that the account has the provider of a token, for the audience of the token. If the account has no providers at all, any
 * provider is right, as any role can be assumed in an account without roles.
 */
export const checkProvider = Effect.fnUntraced(function*(
  { claims: { aud = [], iss }, provider }: WebIdentity,
  providers: ReadonlyMap<string, Pick<OidcProvider, "clients" | "url">>
) {
  if (providers.size === 0 || builtIn.has(provider)) return
  const found = [...providers.values()].find(({ url }) => url === provider)
  if (found === undefined) {
    return yield* invalidToken(`No OpenIDConnect provider found in your account for ${iss}`)
  }
  if (![aud].flat().some((audience) => found.clients.includes(audience))) {
    return yield* invalidToken("Incorrect token audience")
  }
})

/** The answer's members about the token. */
export const toSdkIdentity = ({ claims: { aud, iss, sub } }: WebIdentity) => {
  const audience = typeof aud === "string" ? aud : aud?.[0]
  return {
    SubjectFromWebIdentityToken: sub,
    ...(audience !== undefined && { Audience: audience }),
    ...(iss !== undefined && { Provider: iss })
  }
}
