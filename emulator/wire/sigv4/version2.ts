// Computes Signature Version 2 of Amazon S3, in headers and in the query of a presigned URL.
import { createHmac } from "node:crypto"
import type { Located } from "../identify.ts"
import { bucketOfHost } from "../s3Address.ts"
import { headerOf } from "./canonical.ts"

/** The parameters that the signature covers: those that the SDK for Python signs. */
const signedParameters = new Set([
  "accelerate",
  "acl",
  "analytics",
  "cors",
  "defaultObjectAcl",
  "delete",
  "inventory",
  "lifecycle",
  "location",
  "logging",
  "metrics",
  "notification",
  "object-lock",
  "partNumber",
  "policy",
  "replication",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "restore",
  "select",
  "select-type",
  "storageClass",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website"
])

const compare = ([a]: readonly [string, string], [b]: readonly [string, string]): number => a < b ? -1 : a > b ? 1 : 0

/** The headers `x-amz-…`, and the parameters that stand for them in a presigned URL. */
const amzHeaders = ({ parameters, request }: Located, isPresigned: boolean): string => {
  const headers = new Map<string, string>()
  for (const [name, value] of isPresigned ? parameters : []) headers.set(name.toLowerCase(), value)
  for (const name of Object.keys(request.headers)) headers.set(name, headerOf(request, name))
  return [...headers]
    .filter(([name]) => name.startsWith("x-amz-"))
    .sort(compare)
    .map(([name, value]) => `${name}:${value.trim().replace(/\s*\n\s*/g, " ")}\n`)
    .join("")
}

/** The parts of the query that are signed, in order. A parameter with an empty value isn't one without a value. */
const subresources = (query: string, parameters: Located["parameters"]): string => {
  const parts = query.split("&").filter((part) => part !== "")
  const signed = parameters
    .map(([name, value], index) => [name, parts[index]!.includes("=") ? `${name}=${value}` : name] as const)
    .filter(([name]) => signedParameters.has(name))
    .sort(compare)
  return signed.length === 0 ? "" : `?${signed.map(([, text]) => text).join("&")}`
}

/**
 * The texts that the signature may be of. `date` is the time of signing or, for a presigned URL, the end of its validity in
 * seconds since 1970.
 */
export const stringsToSign2 = (
  located: Located,
  date: string,
  isPresigned: boolean
): readonly [string, ...Array<string>] => {
  const { parameters, request } = located
  const of = (name: string): string =>
    headerOf(request, name) || (isPresigned ? parameters.find(([other]) => other === name)?.[1] ?? "" : "")
  const head = [request.method, of("content-md5"), of("content-type"), date, amzHeaders(located, isPresigned)].join(
    "\n"
  )
  const query = subresources(request.query, parameters)
  const bucket = bucketOfHost(request)
  const { path } = request
  if (bucket !== undefined) return [`${head}/${bucket}${path}${query}`]
  // The SDK for Python signs `/bucket/` where it sends `/bucket`.
  return [`${head}${path}${query}`, ...(/^\/[^/]+$/.test(path) ? [`${head}${path}/${query}`] : [])]
}

export const signatureOf2 = (secret: string, text: string): string =>
  createHmac("sha1", secret).update(text).digest("base64")
