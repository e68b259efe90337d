// Computes Signature Version 4, as AWS documents it.
import { createHmac, hash, timingSafeEqual } from "node:crypto"
import { signedText } from "../headerBytes.ts"
import { type Parameters, percentEncode, type Request } from "../http.ts"
import type { Scope } from "./scope.ts"

export const algorithm = "AWS4-HMAC-SHA256"
export const terminator = "aws4_request"

export const sha256 = (data: string | Uint8Array): string => hash("sha256", data, "hex")

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest()

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/${terminator}`

const keys = new Map<string, Uint8Array>()

/** The key that signs requests to one service in one region on one day. */
export const signingKey = (secret: string, scope: Scope): Uint8Array => {
  const id = `${scopeText(scope)} ${secret}`
  const known = keys.get(id)
  if (known !== undefined) return known
  if (keys.size >= 200) keys.clear()
  const key = [scope.region, scope.service, terminator].reduce<Uint8Array>(hmac, hmac(`AWS4${secret}`, scope.date))
  keys.set(id, key)
  return key
}

export const signatureOf = (key: Uint8Array, stringToSign: string): string => hmac(key, stringToSign).toString("hex")

export const isSame = (signature: string, other: string): boolean => {
  const bytes = Buffer.from(signature)
  const otherBytes = Buffer.from(other)
  return bytes.byteLength === otherBytes.byteLength && timingSafeEqual(bytes, otherBytes)
}

/** The bytes of a text as AWS's errors show them: `61 62 63`. */
export const bytesAsHex = (text: string): string => Buffer.from(text).toString("hex").replace(/..(?=.)/g, "$& ")

const encodedPath = (path: string): string => path.split("/").map(percentEncode).join("/")

const decodedSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Amazon S3 signs the path as it is. Other services resolve dot segments and encode the path a second time. */
const canonicalPath = (path: string, isOfS3: boolean): string => {
  if (isOfS3) return path.split("/").map((segment) => percentEncode(decodedSegment(segment))).join("/")
  const segments: Array<string> = []
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop()
    else if (segment !== "" && segment !== ".") segments.push(segment)
  }
  return encodedPath(`/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`)
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const canonicalQuery = (parameters: Parameters): string =>
  parameters
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, c], [b, d]) => compare(a, b) || compare(c, d))
    .map(([name, value]) => `${name}=${value}`)
    .join("&")

/** A header, as its client signed it. The client chooses the name, which may be that of a member of every object. */
export const headerOf = ({ headers }: Request, name: string): string =>
  Object.hasOwn(headers, name) ? signedText(headers[name]!).trim() : ""

export const canonicalRequest = (
  request: Request,
  parameters: Parameters,
  signedHeaders: ReadonlyArray<string>,
  payloadHash: string,
  isOfS3: boolean
): string =>
  [
    request.method,
    canonicalPath(request.path, isOfS3),
    canonicalQuery(parameters),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).replace(/\s+/g, " ")}`),
    "",
    signedHeaders.join(";"),
    payloadHash
  ].join("\n")

export const stringToSign = (longDate: string, scope: Scope, canonical: string): string =>
  [algorithm, longDate, scopeText(scope), sha256(canonical)].join("\n")
