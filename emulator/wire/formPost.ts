// Uploads to Amazon S3 by a form that a browser posts: `POST /BUCKET` with the fields of an object, a policy and a file.
import type * as Effect from "effect/Effect"
import { answer, asBytes, boundHeaders, idHeaders, type Ids, type Output } from "./answers.ts"
import { attempt } from "./attempt.ts"
import { bindingsOf } from "./bindings.ts"
import { Fault } from "./fault.ts"
import { malformedBody } from "./faults.ts"
import { type Answer, bytesOf, collect, noBytes, percentEncode } from "./http.ts"
import type { Located } from "./identify.ts"
import type { Operation } from "./operation.ts"
import { checkPolicy, type Fields } from "./postPolicy.ts"
import { type Input, readRestInput } from "./restInput.ts"
import { bucketOfHost, splitPath } from "./s3Address.ts"
import { algorithm, bytesAsHex, isSame, signatureOf, signingKey, terminator } from "./sigv4/canonical.ts"
import { parseCredential, type Scope } from "./sigv4/scope.ts"
import {
  missingSignature,
  unknownKey,
  unsupportedAlgorithm,
  wrongScope,
  wrongSignature
} from "./sigv4/signatureFaults.ts"
import { checkToken, type Options, type Secret, type Verified } from "./sigv4/verify.ts"
import { signatureOf2 } from "./sigv4/version2.ts"
import { declaration, element, escapeXml } from "./xmlOutput.ts"
import { type Content, MalformedXml, parseXml } from "./xmlParser.ts"

interface FormPost {
  /** The input of PutObject. */
  readonly input: Input
  /** The verified signature of the policy. `undefined` for a form without a policy, which is anonymous. */
  readonly verified: Verified | undefined
  /** The answer to the form when PutObject succeeds with this output. */
  readonly respond: (output: Output, ids: Ids) => Answer
}

interface Address {
  readonly bucket: string
  readonly isVirtual: boolean
}

/** The bucket that a form is for. */
const addressOf = ({ request }: Located): Address => {
  const virtual = bucketOfHost(request)
  return virtual === undefined
    ? { bucket: splitPath(request.path)![0], isVirtual: false }
    : { bucket: virtual, isVirtual: true }
}

/** Whether a request is an upload by a form, and not an operation of Amazon S3. */
export const isFormPost = (located: Located): boolean => {
  const { parameters, request, service } = located
  const isAtBucket = bucketOfHost(request) === undefined ? /^\/[^/]+\/?$/.test(request.path) : request.path === "/"
  if (!service.hasBuckets || request.method !== "POST" || !isAtBucket) return false
  const query = new Map(parameters.map(([name, value]) => [name, [value]]))
  return service.routes().find("POST", "/", query, request.headers, true) === undefined
}

interface Form {
  readonly fields: Fields
  readonly file: Uint8Array
  readonly fileName: string | undefined
}

const maxFields = 20 * 1024

const argument = (message: string, name: string, value: string): Fault =>
  new Fault({
    code: "InvalidArgument",
    message,
    statusCode: 400,
    members: { ArgumentName: name, ArgumentValue: value }
  })

const missingField = (name: string): Fault =>
  argument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    ""
  )

const entriesOf = async (body: Uint8Array, contentType: string): Promise<Iterable<[string, string | File]>> => {
  try {
    return await new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": contentType } }).formData()
  } catch {
    throw new Fault({
      code: "MalformedPOSTRequest",
      message: "The body of your POST request is not well-formed multipart/form-data.",
      statusCode: 400
    })
  }
}

/** The fields and the file of a form. Fields after the file are ignored. */
const readForm = async ({ request }: Located): Promise<Form> => {
  const contentType = request.headers["content-type"] ?? ""
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new Fault({
      code: "PreconditionFailed",
      message: "At least one of the pre-conditions you specified did not hold",
      statusCode: 412,
      members: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" }
    })
  }
  const fields = new Map<string, string>()
  let size = 0
  for (const [name, value] of await entriesOf(await collect(request.body), contentType)) {
    const key = name.toLowerCase()
    if (key === "file") {
      return typeof value === "string"
        ? { fields, file: bytesOf(value), fileName: undefined }
        : { fields, file: new Uint8Array(await value.arrayBuffer()), fileName: value.name }
    }
    const text = typeof value === "string" ? value : await value.text()
    size += bytesOf(name).byteLength + bytesOf(text).byteLength
    if (size > maxFields) {
      throw new Fault({
        code: "MaxPostPreDataLengthExceededError",
        message: "Your POST request fields preceding the upload file were too large.",
        statusCode: 400
      })
    }
    if (!fields.has(key)) fields.set(key, text)
  }
  if (!fields.has("key")) throw missingField("key")
  throw argument("POST requires exactly one file upload per request.", "file", "0")
}

const fieldsOf4 = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"]
const fieldsOf2 = ["AWSAccessKeyId", "Signature"]

type SecretOf = (keyId: string) => Secret | undefined

const scopeOf = (text: string): Scope => {
  const credential = parseCredential(text)
  if (credential === undefined || credential.terminator !== terminator) {
    throw wrongScope(
      "restXml",
      "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
      true
    )
  }
  const { terminator: _, ...scope } = credential
  return scope
}

/** Verifies the signature of a policy: it covers the field's Base64 text. Throws a `Fault`. */
const verifyPolicy = (
  located: Located,
  fields: Fields,
  policy: string,
  secretOf: SecretOf,
  now: Date,
  { lenient = false }: Options
): Verified => {
  const has = (name: string): boolean => fields.has(name.toLowerCase())
  const names = fieldsOf4.some(has) ? fieldsOf4 : fieldsOf2
  const missing = names.find((name) => !has(name))
  if (missing !== undefined) throw names.some(has) ? missingField(missing) : missingSignature("restXml")
  const valueOf = (name: string): string => fields.get(name.toLowerCase()) ?? ""
  const result = { located, isPresigned: false, signatures: undefined }
  const is2 = names === fieldsOf2
  if (!is2 && valueOf("X-Amz-Algorithm") !== algorithm) throw unsupportedAlgorithm()
  const scope = is2
    ? { keyId: valueOf("AWSAccessKeyId"), date: "", region: "", service: "" }
    : scopeOf(valueOf("X-Amz-Credential"))
  const secret = secretOf(scope.keyId)
  if (secret === undefined) {
    if (!lenient) throw unknownKey("restXml", scope.keyId)
    return { ...result, scope, secret: undefined }
  }
  checkToken(located, { scope, token: fields.get("x-amz-security-token") }, secret, now)
  const provided = valueOf(is2 ? "Signature" : "X-Amz-Signature")
  const own = is2
    ? signatureOf2(secret.secretAccessKey, policy)
    : signatureOf(signingKey(secret.secretAccessKey, scope), policy)
  if (!isSame(own, provided)) {
    throw wrongSignature("restXml", {
      AWSAccessKeyId: scope.keyId,
      StringToSign: policy,
      SignatureProvided: provided,
      StringToSignBytes: bytesAsHex(policy)
    })
  }
  return { ...result, scope, secret }
}

const several = (content: Content | Array<Content> | undefined): ReadonlyArray<Content> =>
  content === undefined ? [] : Array.isArray(content) ? content : [content]

const part = (content: Content | Array<Content> | undefined, name: string): Content | Array<Content> | undefined =>
  typeof content === "object" && !Array.isArray(content) ? content[name] : undefined

/** Converts the XML of the field `tagging` to the value of the header `x-amz-tagging`. */
const taggingOf = (xml: string): string => {
  try {
    const [, tagging] = parseXml(xml)
    return several(part(part(tagging, "TagSet"), "Tag"))
      .map((tag) => ["Key", "Value"].map((name) => percentEncode(String(part(tag, name) ?? ""))).join("="))
      .join("&")
  } catch (error) {
    throw error instanceof MalformedXml ? malformedBody("restXml") : error
  }
}

/** Fields whose header has another name in PutObject. */
const headerNames: ReadonlyMap<string, string> = new Map([
  ["acl", "x-amz-acl"],
  ["tagging", "x-amz-tagging"],
  ["x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"]
])

const headersOf = (fields: Fields, { input }: Operation): Record<string, string> => {
  const known = new Set(bindingsOf(input).headers.map(([, , name]) => name))
  const headers: Record<string, string> = {}
  for (const [field, text] of fields) {
    const name = headerNames.get(field) ?? field
    const value = field === "tagging" ? taggingOf(text) : text
    if (value !== "" && (known.has(name) || name.startsWith("x-amz-meta-"))) headers[name] = value
  }
  return headers
}

const redirectOf = (fields: Fields): string | undefined => {
  const url = fields.get("success_action_redirect") ?? fields.get("redirect") ?? ""
  // A URL may have line breaks, which a header can't.
  return /^https?:[^\s]+$/i.test(url) && URL.canParse(url) ? url : undefined
}

const withQuery = (url: string, query: string): string => {
  const [base = "", ...fragment] = url.split("#")
  return [`${base}${base.includes("?") ? "&" : "?"}${query}`, ...fragment].join("#")
}

const locationOf = ({ request }: Located, { bucket, isVirtual }: Address, key: string): string => {
  const host = request.headers["host"] ?? ""
  const scheme = /\.amazonaws\.com(\.cn)?$/.test(host) ? "https" : "http"
  return `${scheme}://${host}/${isVirtual ? "" : `${percentEncode(bucket)}/`}${percentEncode(key)}`
}

const respond = (
  located: Located,
  { output: shape }: Operation,
  address: Address,
  fields: Fields,
  key: string
): FormPost["respond"] =>
(output, ids) => {
  const { bucket } = address
  const etag = String(output["ETag"] ?? "")
  const location = locationOf(located, address, key)
  const headers = { ...idHeaders(ids, true), ...boundHeaders(shape, output), location }
  const redirect = redirectOf(fields)
  if (redirect !== undefined) {
    const query = Object.entries({ bucket, key, etag }).map(([name, value]) => `${name}=${percentEncode(value)}`)
    return answer("POST", 303, { ...headers, location: withQuery(redirect, query.join("&")) }, noBytes)
  }
  const status = fields.get("success_action_status")
  if (status !== "201") return answer("POST", status === "200" ? 200 : 204, headers, noBytes)
  const content = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag: etag })
    .map(([name, text]) => element(name, escapeXml(text)))
  const body = asBytes(declaration + element("PostResponse", content.join("")))
  return answer("POST", 201, { ...headers, "content-type": "application/xml" }, body)
}

const read = async (located: Located, secretOf: SecretOf, now: Date, options: Options): Promise<FormPost> => {
  const address = addressOf(located)
  const { fields: sent, file, fileName } = await readForm(located)
  const template = sent.get("key")
  if (template === undefined) throw missingField("key")
  const key = fileName === undefined ? template : template.replaceAll("${filename}", () => fileName)
  const fields = new Map(sent).set("key", key).set("bucket", address.bucket)
  const policy = fields.get("policy")
  const verified = policy === undefined
    ? undefined
    : verifyPolicy(located, fields, policy, secretOf, now, options)
  if (policy !== undefined) checkPolicy(policy, fields, file.byteLength, now)
  const operation = located.service.operation("PutObject")!
  const input = await readRestInput({
    ...located,
    parameters: [],
    request: {
      method: "PUT",
      path: `/${percentEncode(address.bucket)}/${percentEncode(key)}`,
      query: "",
      headers: { ...headersOf(fields, operation), host: "s3.localhost", "content-length": String(file.byteLength) },
      body: file
    }
  })
  return { input, verified, respond: respond(located, operation, address, fields, key) }
}

/**
 * Reads the form of an upload as the input of PutObject.
 *
 * Verifies the signature of the policy with the secret that `secretOf` gives for the key id, and checks the form and its file
 * against the policy. Fails as AWS does if one of them is wrong.
 */
export const readFormPost = (
  located: Located,
  secretOf: SecretOf,
  now: Date,
  options: Options = {}
): Effect.Effect<FormPost, Fault> => attempt(located.protocol, () => read(located, secretOf, now, options))
