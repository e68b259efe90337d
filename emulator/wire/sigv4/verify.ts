// Verifies the signature of a request: in its headers or, for a presigned URL, in its query.
import type * as Effect from "effect/Effect"
import { attempt } from "../attempt.ts"
import type { ChunkSignatures } from "../awsChunked.ts"
import type { Fault } from "../fault.ts"
import type { Request } from "../http.ts"
import type { Located } from "../identify.ts"
import { limitedBody } from "../payload.ts"
import {
  algorithm,
  bytesAsHex,
  canonicalRequest,
  isSame,
  sha256,
  signatureOf,
  signingKey,
  stringToSign,
  terminator
} from "./canonical.ts"
import { chunkSignatures } from "./chunks.ts"
import { parseCredential, type Scope, signatureIn, type Signer, signerOf } from "./scope.ts"
import {
  allowedSkew,
  expiredToken,
  expiredUrl,
  expiredUrlOf2,
  incompleteSignature,
  missingContentHash,
  missingDate,
  unknownKey,
  unsignedHeaders,
  unsupportedVersion,
  wrongExpires,
  wrongExpiresOf2,
  wrongScope,
  wrongSignature,
  wrongTime,
  wrongToken
} from "./signatureFaults.ts"
import { signatureOf2, stringsToSign2 } from "./version2.ts"

/** The secret of an access key. */
export interface Secret {
  readonly secretAccessKey: string
  /** The session token of a temporary key. */
  readonly sessionToken?: string | undefined
  readonly expires?: Date | undefined
}

export interface Verified {
  /** Use this request from now on: verifying may have read the body. */
  readonly located: Located
  readonly scope: Scope
  readonly isPresigned: boolean
  /** The secret of the key. Absent if the key is unknown: then nothing was verified. */
  readonly secret: Secret | undefined
  /** Verifies a body that is signed in chunks, as it is read. */
  readonly signatures: ChunkSignatures | undefined
}

export interface Options {
  /**
   * Accepts unknown keys without recomputing their signatures, and any time of signing. Presigned URLs still expire, and
   * the signatures of known keys are still verified.
   */
  readonly lenient?: boolean | undefined
  /** Accepts any time of signing, of known keys only. */
  readonly anyTime?: boolean | undefined
}

interface Signature {
  readonly scope: Scope
  readonly longDate: string
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  readonly token: string | undefined
  /** How long a presigned URL is valid, in seconds. */
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

/** Throws a `Fault` if a presigned URL has expired. */
const checkExpiry = (
  { protocol }: Located,
  { expires, longDate }: Pick<Signature, "expires" | "longDate">,
  now: Date
): void => {
  const signed = dateOf(longDate)
  if (expires !== undefined && signed !== undefined && now.getTime() - signed.getTime() > expires * 1_000) {
    throw expiredUrl(protocol, signed, expires, now)
  }
}

const checkTime = (located: Located, told: Signature, now: Date, anyTime: boolean): void => {
  const { protocol } = located
  const { expires, longDate, scope } = told
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
  checkExpiry(located, told, now)
  if (!anyTime) checkSkew(protocol, signed, now, expires !== undefined)
}

const checkSkew = (protocol: Located["protocol"], signed: Date, now: Date, isPresigned: boolean): void => {
  const age = now.getTime() - signed.getTime()
  const skew = allowedSkew(protocol)
  if (age < -skew || (!isPresigned && age > skew)) throw wrongTime(protocol, signed, now)
}

/** Checks the session token of a temporary key, and whether the key is still valid. Throws a `Fault`. */
export const checkToken = (
  { protocol }: Located,
  { scope, token }: Pick<Signature, "scope" | "token">,
  secret: Secret,
  now: Date
): void => {
  if (secret.sessionToken !== token) {
    throw wrongToken(protocol, token, scope.keyId)
  }
  if (secret.expires !== undefined && secret.expires <= now) throw expiredToken(protocol, token)
}

/** Clients may add these headers after signing. */
const mayBeUnsigned = /^x-amz-(content-sha256|user-agent)$/

const checkSignedHeaders = ({ protocol, request }: Located, { signedHeaders }: Signature): void => {
  const signed = new Set(signedHeaders)
  const needed = protocol === "restXml"
    ? Object.keys(request.headers).filter((name) => name.startsWith("x-amz-") && !mayBeUnsigned.test(name))
    : []
  const unsigned = ["host", ...needed].filter((name) => !signed.has(name))
  if (unsigned.length > 0) throw unsignedHeaders(protocol, unsigned)
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

/** The digest of the body that the signature covers, and the request, whose body may have been read. */
const contentHash = async (located: Located, isPresigned: boolean): Promise<readonly [string, Request]> => {
  const { request, service } = located
  const told = request.headers["x-amz-content-sha256"] ?? parameter(located, "X-Amz-Content-Sha256")
  if (service.hasBuckets) {
    if (told === undefined && !isPresigned) throw missingContentHash()
    return [told ?? unsignedPayload, request]
  }
  if (told === unsignedPayload) return [told, request]
  const body = await limitedBody(request.body, request.headers, located.protocol)
  return [sha256(body), { ...request, body }]
}

/** The request with the protocol of its faults: only Amazon S3 has those of REST-XML. */
const inItsWords = (located: Located): Located =>
  located.protocol === "restXml" && !located.service.hasBuckets ? { ...located, protocol: "awsQuery" } : located

/** Checks what doesn't need the secret. */
const unverified = (located: Located, { isPresigned, scope, version }: Signer, now: Date): Verified => {
  if (isPresigned && version === "4") checkExpiry(located, inQuery(located), now)
  else if (isPresigned && version === "4A") {
    const expires = Number(parameter(located, "X-Amz-Expires") ?? Number.NaN)
    checkExpiry(located, { expires, longDate: parameter(located, "X-Amz-Date") ?? "" }, now)
  } else if (isPresigned) {
    const end = new Date(Number(parameter(located, "Expires") ?? Number.NaN) * 1_000)
    if (end < now) throw expiredUrlOf2(located.protocol, end, now)
  }
  return { located, scope, isPresigned, secret: undefined, signatures: undefined }
}

/** The end of a presigned URL of Version 2. Throws a `Fault` if it isn't a time or has passed. */
const checkEnd = (located: Located, now: Date): string => {
  const text = parameter(located, "Expires") ?? ""
  if (!/^\d{1,12}$/.test(text)) throw wrongExpiresOf2(text)
  const end = new Date(Number(text) * 1_000)
  if (end < now) throw expiredUrlOf2(located.protocol, end, now)
  return text
}

const dateOf2 = ({ protocol, request: { headers } }: Located, now: Date, anyTime: boolean): string => {
  const date = headers["x-amz-date"] ?? headers["date"] ?? ""
  const signed = dateOf(date)
  if (signed === undefined) throw missingDate()
  if (!anyTime) checkSkew(protocol, signed, now, false)
  return headers["x-amz-date"] === undefined ? date : ""
}

/** Verifies a signature of Version 2, which only Amazon S3 has beside Version 4. */
const verified2 = (
  located: Located,
  { isPresigned, scope }: Signer,
  secret: Secret,
  now: Date,
  anyTime: boolean
): Verified => {
  const { protocol, request } = located
  const token = request.headers["x-amz-security-token"] ??
    (isPresigned ? parameter(located, "x-amz-security-token") : undefined)
  checkToken(located, { scope, token }, secret, now)
  const date = isPresigned ? checkEnd(located, now) : dateOf2(located, now, anyTime)
  const texts = stringsToSign2(located, date, isPresigned)
  const provided = isPresigned
    ? parameter(located, "Signature") ?? ""
    : signatureIn(request.headers["authorization"] ?? "")
  if (!texts.some((text) => isSame(signatureOf2(secret.secretAccessKey, text), provided))) {
    const [text] = texts
    throw wrongSignature(protocol, {
      AWSAccessKeyId: scope.keyId,
      StringToSign: text,
      SignatureProvided: provided,
      StringToSignBytes: bytesAsHex(text)
    })
  }
  return { located, scope, isPresigned, secret, signatures: undefined }
}

const verified = async (
  original: Located,
  secretOf: (keyId: string) => Secret | undefined,
  now: Date,
  { anyTime = false, lenient = false }: Options
): Promise<Verified | undefined> => {
  const located = inItsWords(original)
  const { form, parameters, protocol, request: { headers }, service } = located
  const signer = signerOf(located.request, form ?? parameters)
  const isPresigned = headers["authorization"] === undefined
  if (signer === undefined && isPresigned && parameter(located, "X-Amz-Algorithm") === undefined) return undefined
  const known = signer && secretOf(signer.scope.keyId)
  if (lenient && signer !== undefined && known === undefined) {
    return { ...unverified(located, signer, now), located: original }
  }
  if (signer !== undefined && signer.version !== "4") {
    if (signer.version !== "2" || !service.hasBuckets) throw unsupportedVersion(signer.version)
    if (known === undefined) throw unknownKey(protocol, signer.scope.keyId)
    return verified2(located, signer, known, now, anyTime || lenient)
  }
  const told = isPresigned ? inQuery(located) : inHeaders(located)
  const { scope, signedHeaders } = told
  const secret = secretOf(scope.keyId)
  if (secret === undefined) throw unknownKey(protocol, scope.keyId)
  checkToken(located, told, secret, now)
  checkTime(located, told, now, anyTime || lenient)
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
    located: { ...original, request },
    scope,
    isPresigned,
    secret,
    signatures: chunkSignatures(hash, { key, longDate: told.longDate, scope, seed: told.signature })
  }
}

/**
 * Verifies the signature of a request. Succeeds with `undefined` if the request is unsigned.
 *
 * Recomputes the signature with the secret that `secretOf` gives for the key id. Also checks the session token, the time of
 * signing and, for a presigned URL, its expiry. Fails as AWS does if one of them is wrong.
 */
export const verify = (
  located: Located,
  secretOf: (keyId: string) => Secret | undefined,
  now: Date,
  options: Options = {}
): Effect.Effect<Verified | undefined, Fault> =>
  attempt(located.protocol, () => verified(located, secretOf, now, options))
