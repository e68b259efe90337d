// Reads the scope of a signature before the signature is verified.
import { type Parameters, type Request, valueOf } from "../http.ts"

export interface Scope {
  readonly keyId: string
  /** `20150830` */
  readonly date: string
  /** Empty if the signature has no region, or is for all regions. */
  readonly region: string
  /** Empty if the signature has no service. */
  readonly service: string
}

/** `AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request`. A key id may contain slashes. */
export const parseCredential = (credential: string): (Scope & { readonly terminator: string }) | undefined => {
  const parts = credential.split("/")
  const [date, region, service, terminator] = parts.slice(-4)
  const keyId = parts.slice(0, -4).join("/")
  return keyId === "" || terminator === undefined
    ? undefined
    : { keyId, date: date!, region: region!, service: service!, terminator }
}

/** A credential of Signature Version 4A, which has no region: `AKIDEXAMPLE/20150830/s3/aws4_request`. */
const parseCredentialOf4a = (credential: string, regions: string): Scope | undefined => {
  const parts = credential.split("/")
  const [date, service, terminator] = parts.slice(-3)
  const keyId = parts.slice(0, -3).join("/")
  const region = regions.split(",")[0]!.trim()
  return keyId === "" || terminator === undefined
    ? undefined
    : { keyId, date: date!, region: region.includes("*") ? "" : region, service: service! }
}

/** The versions of AWS's signatures. */
export type Version = "2" | "4" | "4A"

/** The signature of Version 2 in the header `Authorization`. */
export const signatureIn = (authorization: string): string => version2.exec(authorization)?.[2] ?? ""

/** Who signed a request, and how. Signature Version 2 has neither a service nor a region. */
export interface Signer {
  readonly version: Version
  readonly scope: Scope
  readonly isPresigned: boolean
}

const inHeader = /Credential=([^,\s]+)/
const version2 = /^AWS\s+([^:\s]+):(\S*)/
const algorithmOf4a = "AWS4-ECDSA-P256-SHA256"

const signerOf2 = (keyId: string, isPresigned: boolean): Signer => ({
  version: "2",
  scope: { keyId, date: "", region: "", service: "" },
  isPresigned
})

/** The signer according to the request, or `undefined` if the request is unsigned. */
export const signerOf = (request: Request, parameters: Parameters): Signer | undefined => {
  const header = request.headers["authorization"]
  const isPresigned = header === undefined
  const keyId = isPresigned ? valueOf(parameters, "AWSAccessKeyId") : version2.exec(header)?.[1]
  if (keyId !== undefined && (!isPresigned || valueOf(parameters, "Signature") !== undefined)) {
    return signerOf2(keyId, isPresigned)
  }
  const credential = isPresigned ? valueOf(parameters, "X-Amz-Credential") : inHeader.exec(header)?.[1]
  if (credential === undefined) return undefined
  const is4a = isPresigned
    ? valueOf(parameters, "X-Amz-Algorithm") === algorithmOf4a
    : header.startsWith(algorithmOf4a)
  const regions = request.headers["x-amz-region-set"] ?? valueOf(parameters, "X-Amz-Region-Set") ?? ""
  const scope = is4a ? parseCredentialOf4a(credential, regions) : parseCredential(credential)
  return scope && { version: is4a ? "4A" : "4", scope, isPresigned }
}

const ofVersion4 = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|region-set)$/i
// The SDK for Python writes the signed headers in the query, too.
const ofVersion2 =
  /^(AWSAccessKeyId|Expires|Signature|SignatureMethod|SignatureVersion|Timestamp|SecurityToken|content-(md5|type))$/

/** The parameters of a query or a form that aren't part of its signature. */
export const withoutSignature = (parameters: Parameters): Parameters => {
  const isVersion2 = valueOf(parameters, "AWSAccessKeyId") !== undefined
  return parameters.filter(([name]) => !ofVersion4.test(name) && !(isVersion2 && ofVersion2.test(name)))
}
