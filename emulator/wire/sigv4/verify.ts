// Verifies the signature of a request: in its headers or, for a presigned URL, in its query.
import type * as Effect from "effect/Effect"
import { attempt } from "../attempt.ts"
import type { ChunkSignatures } from "../awsChunked.ts"
import type { Fault } from "../fault.ts"
import { collect, type Request } from "../http.ts"
import type { Located } from "../identify.ts"
import {
  algorithm,
  canonicalRequest,
  isSame,
  sha256,
  signatureOf,
  signingKey,
  stringToSign,
  terminator
} from "./canonical.ts"
import { chunkSignatures } from "./chunks.ts"
import { parseCredential, type Scope } from "./scope.ts"
import {
  allowedSkew,
  expiredToken,
  expiredUrl,
  incompleteSignature,
  missingContentHash,
  unknownKey,
  unsignedHeaders,
  wrongExpires,
  wrongScope,
  wrongSignature,
  wrongTime,
  wrongToken
} from "./signatureFaults.ts"

/** The secret of an access key. */
export interface Secret {
  readonly secretAccessKey: string
  /** For a temporary key, the token that requests have to have. */
  readonly sessionToken?: string | undefined
  readonly expires?: Date | undefined
}

export interface Verified {
  /** The request to go on with: to verify it, its body may have been read. */
  readonly located: Located
  readonly scope: Scope
  readonly isPresigned: boolean
  /** Verifies the chunks of a body that is signed in chunks, while it is read. */
  readonly signatures: ChunkSignatures | undefined
}

interface Signature {
  readonly scope: Scope
  readonly longDate: string
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  readonly token: string | undefined
  /** The seconds for which a presigned URL is valid. */
  readonly expires: number | undefined
}

const week = 604_800

const parameter = ({ parameters }: Located, name: string): string | undefined =>
  parameters.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1]

const dateOf = (text: string): Date | undefined => {
  const date = new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))
  return Number.isNaN(date.getTime()) ? undefined : date
}

const compact = (date: Date): string => date.toISOString().replace(/[-:]|\.\d{3}/g, "")

const inHeaders = ({ protocol, request }: Located): Signature => {
  const header = request.headers["authorization"] ?? ""
  const part = (name: string): string | undefined => new RegExp(`${name}=([^,\\s]+)`).exec(header)?.[1]
  const credential = part("Credential")
  const signedHeaders = part("SignedHeaders")
  const signature = part("Signature")
  const date = request.headers["x-amz-date"] ?? request.headers["date"]
  const scope = credential === undefined ? undefined : parseCredential(credential)
  if (
    !header.startsWith(algorithm) || scope === undefined || signedHeaders === undefined || signature === undefined ||
    date === undefined
  ) {
    const missing = Object.entries({ Credential: credential, Signature: signature, SignedHeaders: signedHeaders })
      .flatMap(([name, value]) => value === undefined ? [`Authorization header requires '${name}' parameter.`] : [])
    if (date === undefined) {
      missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    }
    throw incompleteSignature(
      protocol,
      {
        s3: "The authorization header that you provided is not valid.",
        others: [...missing, `Authorization=${header.split(" ")[0]}`].join(" ")
      },
      false
    )
  }
  const moment = dateOf(date)
  return {
    scope: checkedScope(scope, protocol, false),
    longDate: request.headers["x-amz-date"] ?? (moment === undefined ? date : compact(moment)),
    signedHeaders: signedHeaders.toLowerCase().split(";"),
    signature,
    token: request.headers["x-amz-security-token"] ?? request.headers["x-amz-s3session-token"],
    expires: undefined
  }
}

const checkedScope = (
  { terminator: end, ...scope }: NonNullable<ReturnType<typeof parseCredential>>,
  protocol: Located["protocol"],
  isPresigned: boolean
): Scope => {
  if (end === terminator) return scope
  throw wrongScope(
    protocol,
    `Credential should be scoped with a valid terminator: 'aws4_request', not '${end}'.`,
    isPresigned
  )
}

const inQuery = (located: Located): Signature => {
  const { protocol } = located
  const of = (name: string) => parameter(located, name)
  const credential = of("X-Amz-Credential")
  const longDate = of("X-Amz-Date")
  const expires = of("X-Amz-Expires")
  const signedHeaders = of("X-Amz-SignedHeaders")
  const signature = of("X-Amz-Signature")
  const scope = credential === undefined ? undefined : parseCredential(credential)
  if (
    of("X-Amz-Algorithm") !== algorithm || scope === undefined || longDate === undefined || signature === undefined ||
    signedHeaders === undefined || expires === undefined
  ) {
    const message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
      "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    throw incompleteSignature(protocol, { s3: message, others: message }, true)
  }
  if (!/^\d+$/.test(expires) || Number(expires) > week) throw wrongExpires(protocol, expires)
  return {
    scope: checkedScope(scope, protocol, true),
    longDate,
    signedHeaders: signedHeaders.toLowerCase().split(";"),
    signature,
    token: of("X-Amz-Security-Token"),
    expires: Number(expires)
  }
}

const checkTime = ({ protocol }: Located, { expires, longDate, scope }: Signature, now: Date): void => {
  const signed = dateOf(longDate)
  if (signed === undefined) {
    throw wrongScope(protocol, `Date must be in ISO-8601 'basic format'. Got '${longDate}'.`, expires !== undefined)
  }
  if (longDate.slice(0, 8) !== scope.date) {
    throw wrongScope(
      protocol,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${scope.date}' != '${longDate.slice(0, 8)}', from '${longDate}'.`,
      expires !== undefined
    )
  }
  const age = now.getTime() - signed.getTime()
  const skew = allowedSkew(protocol)
  if (expires !== undefined) {
    if (age > expires * 1_000) throw expiredUrl(protocol, signed, expires, now)
    if (age < -skew) throw wrongTime(protocol, signed, now)
  } else if (Math.abs(age) > skew) throw wrongTime(protocol, signed, now)
}

const checkToken = ({ protocol }: Located, { scope, token }: Signature, secret: Secret, now: Date): void => {
  if (secret.sessionToken !== token) {
    throw wrongToken(protocol, token, scope.keyId)
  }
  if (secret.expires !== undefined && secret.expires <= now) throw expiredToken(protocol, token)
}

/** These may be added to a request after it has been signed. */
const mayBeUnsigned = /^x-amz-(content-sha256|user-agent)$/

const checkSignedHeaders = ({ protocol, request }: Located, { signedHeaders }: Signature): void => {
  const signed = new Set(signedHeaders)
  const needed = protocol === "restXml"
    ? Object.keys(request.headers).filter((name) => name.startsWith("x-amz-") && !mayBeUnsigned.test(name))
    : []
  const unsigned = ["host", ...needed].filter((name) => !signed.has(name))
  if (unsigned.length > 0) throw unsignedHeaders(protocol, unsigned)
}

const bytesAsHex = (text: string): string => Buffer.from(text).toString("hex").replace(/..(?=.)/g, "$& ")

const unsignedPayload = "UNSIGNED-PAYLOAD"

/** The digest of the body that is part of what is signed, and the request with its body if that had to be read. */
const contentHash = async (located: Located, isPresigned: boolean): Promise<readonly [string, Request]> => {
  const { request, service } = located
  const told = request.headers["x-amz-content-sha256"] ?? parameter(located, "X-Amz-Content-Sha256")
  if (service.hasBuckets) {
    if (told === undefined && !isPresigned) throw missingContentHash()
    return [told ?? unsignedPayload, request]
  }
  if (told === unsignedPayload) return [told, request]
  const body = await collect(request.body)
  return [sha256(body), { ...request, body }]
}

const verified = async (
  located: Located,
  secretOf: (keyId: string) => Secret | undefined,
  now: Date
): Promise<Verified | undefined> => {
  const { parameters, protocol, service } = located
  const isPresigned = located.request.headers["authorization"] === undefined
  if (isPresigned && parameter(located, "X-Amz-Algorithm") === undefined && located.scope === undefined) {
    return undefined
  }
  const told = isPresigned ? inQuery(located) : inHeaders(located)
  const { scope, signedHeaders } = told
  const secret = secretOf(scope.keyId)
  if (secret === undefined) throw unknownKey(protocol, scope.keyId)
  checkToken(located, told, secret, now)
  checkTime(located, told, now)
  checkSignedHeaders(located, told)
  const [hash, request] = await contentHash(located, isPresigned)
  const canonical = canonicalRequest(request, parameters, signedHeaders, hash, service.hasBuckets)
  const text = stringToSign(told.longDate, scope, canonical)
  const key = signingKey(secret.secretAccessKey, scope)
  if (!isSame(signatureOf(key, text), told.signature)) {
    throw wrongSignature(protocol, {
      AWSAccessKeyId: scope.keyId,
      StringToSign: text,
      SignatureProvided: told.signature,
      StringToSignBytes: bytesAsHex(text),
      CanonicalRequest: canonical,
      CanonicalRequestBytes: bytesAsHex(canonical)
    })
  }
  return {
    located: { ...located, request },
    scope,
    isPresigned,
    signatures: chunkSignatures(hash, { key, longDate: told.longDate, scope, seed: told.signature })
  }
}

/**
 * Verifies the signature of a request, and succeeds with `undefined` if it has none.
 *
 * It recomputes the signature with the secret that `secretOf` gives for the id of the key, and compares the session token, the
 * time of signing and, of a presigned URL, the time until which it is valid. Fails as AWS does if something isn't right.
 */
export const verify = (
  located: Located,
  secretOf: (keyId: string) => Secret | undefined,
  now: Date
): Effect.Effect<Verified | undefined, Fault> => attempt(located.protocol, () => verified(located, secretOf, now))
