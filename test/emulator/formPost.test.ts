// Forms that browsers post to Amazon S3: AWS's documented example, and forms that the SDK signs. The errors are those that
// AWS gives for the same forms.
import { S3Client } from "@aws-sdk/client-s3"
import { createPresignedPost, type PresignedPostOptions } from "@aws-sdk/s3-presigned-post"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHmac } from "node:crypto"
import type { Fault } from "../../emulator/wire/fault.ts"
import { writeFault } from "../../emulator/wire/faultAnswers.ts"
import { isFormPost, readFormPost } from "../../emulator/wire/formPost.ts"
import { collect, type Request, textOf } from "../../emulator/wire/http.ts"
import type { Options, Secret } from "../../emulator/wire/sigv4/verify.ts"
import { identify } from "../../emulator/wire/wire.ts"
import { secret, services } from "./support/clients.ts"
import { ids } from "./support/exchange.ts"
import { request } from "./support/requests.ts"

type Fields = Readonly<Record<string, string>>

/** The request that `fetch` makes of a form. */
const posted = async (url: string, form: FormData): Promise<Request> => {
  const { hostname, pathname } = new URL(url)
  const response = new Response(form)
  return {
    method: "POST",
    path: pathname,
    query: "",
    headers: { host: hostname, "content-type": response.headers.get("content-type")! },
    body: new Uint8Array(await response.arrayBuffer())
  }
}

const formOf = (fields: Fields, file: File | string | undefined = new File(["content"], "photo ü.png")): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  if (file !== undefined) form.append("file", file)
  return form
}

const read = (
  request: Request,
  { lenient, now = new Date(), secretOf = () => secret }: Options & {
    readonly now?: Date
    readonly secretOf?: (keyId: string) => Secret | undefined
  } = {}
) =>
  Effect.gen(function*() {
    const located = yield* identify(services, request)
    assert.isTrue(isFormPost(located))
    const post = yield* readFormPost(located, secretOf, now, { lenient })
    const body = yield* Effect.tryPromise({
      try: () => collect(post.input.input["Body"] as Uint8Array),
      catch: (error) => error as Fault
    })
    return { ...post, members: { ...post.input.input, Body: textOf(body) } as Record<string, unknown> }
  })

type Post = Partial<PresignedPostOptions>

const presigned = (options: Post = {}, sessionToken?: string) =>
  createPresignedPost(
    new S3Client({
      region: "eu-central-1",
      credentials: sessionToken === undefined ? secret : { ...secret, sessionToken }
    }) as unknown as Parameters<typeof createPresignedPost>[0],
    { Bucket: "bucket-1", Key: "dir/${filename}", ...options }
  )

/** The request of a form that the SDK signs, of which some fields may be altered. */
const signed = (options?: Post, altered: Fields = {}, file?: File | string, sessionToken?: string) =>
  Effect.promise(async () => {
    const { fields, url } = await presigned(options, sessionToken)
    return posted(url, formOf({ ...fields, ...altered }, file))
  })

/** The request of a form whose policy has only these conditions besides those of its signature. */
const withPolicy = (policy: object | string, fields: Fields = {}) =>
  Effect.promise(async () => {
    const { fields: { Policy: _, "X-Amz-Signature": __, ...others }, url } = await presigned({ Key: "k" })
    const text = typeof policy === "string" ? policy : JSON.stringify(policy)
    return posted(
      url,
      formOf({ ...others, ...fields, Policy: Buffer.from(text).toString("base64"), "X-Amz-Signature": "0" })
    )
  })

const unknown = { lenient: true, secretOf: () => undefined }

const rejected = (...args: Parameters<typeof read>) =>
  Effect.flip(read(...args)).pipe(
    Effect.map(({ code, members, message, statusCode }) => ({ code, members, message, statusCode }))
  )

describe("a form for Amazon S3", () => {
  it.effect("is verified as AWS's documents sign it", () =>
    Effect.gen(function*() {
      const credential = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"
      const redirect = "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"
      const lines = [
        `{ "expiration": "2015-12-30T12:00:00.000Z",`,
        `  "conditions": [`,
        `    {"bucket": "sigv4examplebucket"},`,
        `    ["starts-with", "$key", "user/user1/"],`,
        `    {"acl": "public-read"},`,
        `    {"success_action_redirect": "${redirect}"},`,
        `    ["starts-with", "$Content-Type", "image/"],`,
        `    {"x-amz-meta-uuid": "14365123651274"},`,
        `    {"x-amz-server-side-encryption": "AES256"},`,
        `    ["starts-with", "$x-amz-meta-tag", ""],`,
        "",
        `    {"x-amz-credential": "${credential}"},`,
        `    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},`,
        `    {"x-amz-date": "20151229T000000Z" }`,
        "  ]",
        "}"
      ]
      const fields = {
        key: "user/user1/${filename}",
        acl: "public-read",
        success_action_redirect: redirect,
        "Content-Type": "image/jpeg",
        "x-amz-meta-uuid": "14365123651274",
        "x-amz-server-side-encryption": "AES256",
        "X-Amz-Credential": credential,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": "20151229T000000Z",
        "x-amz-meta-tag": "",
        Policy: Buffer.from(lines.join("\r\n")).toString("base64"),
        "X-Amz-Signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
      }
      const secretOf = () => ({ secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" })
      const request = yield* Effect.promise(() =>
        posted("http://sigv4examplebucket.s3.amazonaws.com/", formOf(fields, new File(["content"], "a.jpg")))
      )
      const { input, members, verified } = yield* read(request, { secretOf, now: new Date("2015-12-29T12:00:00Z") })
      assert.strictEqual(verified?.scope.keyId, "AKIAIOSFODNN7EXAMPLE")
      assert.strictEqual(input.operation.name, "PutObject")
      assert.deepStrictEqual(input.unknown, [])
      assert.deepStrictEqual(members, {
        Bucket: "sigv4examplebucket",
        Key: "user/user1/a.jpg",
        ACL: "public-read",
        ContentType: "image/jpeg",
        ContentLength: 7,
        Metadata: { uuid: "14365123651274" },
        ServerSideEncryption: "AES256",
        Body: "content"
      })
    }))

  it.effect("is the input of PutObject as the SDK signs it, with the name of the file in its key", () =>
    Effect.gen(function*() {
      const Fields = {
        acl: "private",
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
        "x-amz-meta-TEST-2": "a b",
        "x-amz-storage-class": "STANDARD_IA",
        tagging:
          "<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag><Tag><Key>e</Key><Value/></Tag></TagSet></Tagging>"
      }
      const { members, verified } = yield* read(yield* signed({ Fields }))
      assert.strictEqual(verified?.secret, secret)
      assert.deepStrictEqual(verified?.scope.region, "eu-central-1")
      assert.deepStrictEqual(members, {
        Bucket: "bucket-1",
        Key: "dir/photo ü.png",
        ACL: "private",
        CacheControl: "no-cache",
        ContentType: "text/plain",
        ContentLength: 7,
        Metadata: { "test-2": "a b" },
        StorageClass: "STANDARD_IA",
        Tagging: "a%20b=c%26d&e=",
        Body: "content"
      })
    }))

  it.effect("may have its file as a field, which has no name", () =>
    Effect.gen(function*() {
      const { members } = yield* read(yield* signed({}, {}, "text"))
      assert.deepInclude(members, { Key: "dir/${filename}", Body: "text" })
    }))

  it.effect("is anonymous without a policy", () =>
    Effect.gen(function*() {
      const call = yield* Effect.promise(() =>
        posted("http://127.0.0.1/bucket-1", formOf({ key: "/a//b", other: "x" }))
      )
      const { members, verified } = yield* read(call)
      assert.isUndefined(verified)
      assert.deepInclude(members, { Bucket: "bucket-1", Key: "/a//b" })
    }))

  it.effect("ends at its file", () =>
    Effect.gen(function*() {
      const { fields, url } = yield* Effect.promise(() => presigned())
      const form = formOf(fields)
      form.append("acl", "public-read")
      const { members } = yield* read(yield* Effect.promise(() => posted(url, form)))
      assert.notProperty(members, "ACL")
    }))

  it.effect("is distinguished from the operations on a bucket and an object", () =>
    Effect.gen(function*() {
      const isForm = (call: Request) => identify(services, call).pipe(Effect.map(isFormPost))
      assert.isTrue(yield* isForm(request("POST", "/bucket-1")))
      assert.isTrue(yield* isForm(request("POST", "/bucket-1/")))
      assert.isTrue(yield* isForm(request("POST", "/", { headers: { host: "bucket-1.localhost" } })))
      for (const target of ["/", "/bucket-1?delete", "/bucket-1/k", "/bucket-1/k?uploads"]) {
        assert.isFalse(yield* isForm(request("POST", target)), target)
      }
      assert.isFalse(yield* isForm(request("PUT", "/bucket-1")))
      assert.isFalse(yield* isForm(request("POST", "/2015-03-31", { service: "lambda" })))
    }))
})

describe("the answer to a form", () => {
  const output = { ETag: `"e"`, VersionId: "v1" }
  const answerTo = (Fields: Fields = {}) =>
    Effect.gen(function*() {
      const Conditions = Object.entries(Fields).map(([name, value]) => ({ [name]: value }))
      const { respond } = yield* read(yield* signed({ Key: "dir/a b", Fields, Conditions }))
      const { body, headers, status } = respond(output, ids)
      return { headers, status, text: textOf(body as Uint8Array) }
    })
  const location = "https://bucket-1.s3.eu-central-1.amazonaws.com/dir%2Fa%20b"

  it.effect("is empty, with the ETag and the address of the object", () =>
    Effect.gen(function*() {
      for (const fields of [{}, { success_action_status: "404" }, { success_action_redirect: "/relative" }]) {
        const { headers, status, text } = yield* answerTo(fields)
        assert.deepStrictEqual([status, text], [204, ""])
        assert.deepInclude(headers, {
          etag: `"e"`,
          "x-amz-version-id": "v1",
          "x-amz-request-id": "request-1",
          location
        })
      }
      assert.strictEqual((yield* answerTo({ success_action_status: "200" })).status, 200)
    }))

  it.effect("is a document with the status 201", () =>
    Effect.gen(function*() {
      const { headers, status, text } = yield* answerTo({ success_action_status: "201" })
      assert.strictEqual(status, 201)
      assert.strictEqual(headers["content-type"], "application/xml")
      assert.strictEqual(
        text,
        `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${location}</Location><Bucket>bucket-1</Bucket>` +
          "<Key>dir/a b</Key><ETag>&quot;e&quot;</ETag></PostResponse>"
      )
    }))

  it.effect("redirects to the address that the form has", () =>
    Effect.gen(function*() {
      const query = "bucket=bucket-1&key=dir%2Fa%20b&etag=%22e%22"
      const plain = yield* answerTo({ success_action_redirect: "http://localhost.test/done#end" })
      assert.deepStrictEqual([plain.status, plain.text], [303, ""])
      assert.strictEqual(plain.headers["location"], `http://localhost.test/done?${query}#end`)
      const more = yield* answerTo({ success_action_redirect: "http://localhost.test/done?a=b" })
      assert.strictEqual(more.headers["location"], `http://localhost.test/done?a=b&${query}`)
    }))
})

describe("a form that AWS doesn't accept", () => {
  it.effect("has a wrong signature, key, token or time", () =>
    Effect.gen(function*() {
      const call = yield* signed()
      const wrong = yield* rejected(call, { secretOf: () => ({ secretAccessKey: "other" }) })
      assert.deepStrictEqual([wrong.statusCode, wrong.code], [403, "SignatureDoesNotMatch"])
      assert.hasAllKeys(wrong.members, ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"])
      assert.strictEqual((yield* rejected(yield* signed({}, { "X-Amz-Signature": "ü" }))).code, "SignatureDoesNotMatch")
      assert.strictEqual((yield* rejected(call, { secretOf: () => undefined })).code, "InvalidAccessKeyId")
      const late = yield* rejected(call, { now: new Date(Date.now() + 3_601_000) })
      assert.deepStrictEqual(late, {
        code: "AccessDenied",
        message: "Invalid according to Policy: Policy expired.",
        statusCode: 403,
        members: undefined
      })
      const temporary = yield* signed({}, {}, undefined, "token")
      yield* read(temporary, { secretOf: () => ({ ...secret, sessionToken: "token" }) })
      const token = yield* rejected(temporary, { secretOf: () => ({ ...secret, sessionToken: "other" }) })
      assert.strictEqual(token.code, "InvalidToken")
      const over = yield* rejected(temporary, {
        secretOf: () => ({ ...secret, sessionToken: "token", expires: new Date(0) })
      })
      assert.strictEqual(over.code, "ExpiredToken")
    }))

  it.effect("lacks a field of its signature", () =>
    Effect.gen(function*() {
      const { fields, url } = yield* Effect.promise(() => presigned())
      const without = (...names: ReadonlyArray<string>) =>
        Effect.promise(() =>
          posted(url, formOf(Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))))
        ).pipe(Effect.flatMap((call) => rejected(call)))
      const missing = (name: string) => ({
        code: "InvalidArgument",
        message:
          `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
        statusCode: 400,
        members: { ArgumentName: name, ArgumentValue: "" }
      })
      assert.deepStrictEqual(yield* without("X-Amz-Signature"), missing("X-Amz-Signature"))
      assert.deepStrictEqual(yield* without("X-Amz-Algorithm", "X-Amz-Credential"), missing("X-Amz-Algorithm"))
      assert.deepStrictEqual(yield* without("key"), missing("key"))
      const none = yield* without("X-Amz-Signature", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date")
      assert.deepStrictEqual([none.statusCode, none.code, none.message], [403, "AccessDenied", "Access Denied"])
    }))

  it.effect("doesn't meet a condition of its policy", () =>
    Effect.gen(function*() {
      const failed = (condition: string) => ({
        code: "AccessDenied",
        message: `Invalid according to Policy: Policy Condition failed: ${condition}`,
        statusCode: 403,
        members: undefined
      })
      const redirect = "http://localhost.test/random"
      const Fields = { success_action_redirect: redirect }
      const eq: Post = { Fields, Conditions: [["eq", "$success_action_redirect", redirect]] }
      assert.deepStrictEqual(
        yield* rejected(yield* signed(eq, { success_action_redirect: "http://wrong.location/test" })),
        failed(`["eq", "$success_action_redirect", "${redirect}"]`)
      )
      assert.deepStrictEqual(
        yield* rejected(yield* signed({ Fields, Conditions: [["eq", "success_action_redirect", redirect]] })),
        failed(`["eq", "success_action_redirect", "${redirect}"]`)
      )
      const start: Post = { Conditions: [["starts-with", "$success_action_redirect", "http://localhost"]] }
      assert.deepStrictEqual(
        yield* rejected(yield* signed(start, { success_action_redirect: "HTTP://localhost.test/random" })),
        failed(`["starts-with", "$success_action_redirect", "http://localhost"]`)
      )
      yield* read(yield* signed({ Fields, Conditions: [["eq", "$success_Action_REDIRECT", redirect]] }))
      yield* read(yield* signed({ Conditions: [["starts-with", "$acl", ""]] }, { acl: "private" }))
      const types: Post = { Conditions: [["starts-with", "$Content-Type", "image/"]] }
      yield* read(yield* signed(types, { "Content-Type": "image/png,image/jpeg" }))
      assert.strictEqual(
        (yield* rejected(yield* signed(types, { "Content-Type": "image/png,text/x" }))).code,
        "AccessDenied"
      )
      const other = { ...(yield* signed({ Key: "k" })), headers: { host: "bucket-2.s3.eu-central-1.amazonaws.com" } }
      const call = yield* signed({ Key: "k" })
      assert.deepStrictEqual(
        yield* rejected({ ...call, headers: { ...call.headers, ...other.headers } }),
        failed(`["eq", "$bucket", "bucket-1"]`)
      )
    }))

  it.effect("has a field that its policy doesn't allow, unless the field is to be ignored", () =>
    Effect.gen(function*() {
      const extra = yield* rejected(yield* signed({}, { "x-amz-meta-A": "b" }))
      assert.deepStrictEqual([extra.statusCode, extra.code, extra.message], [
        403,
        "AccessDenied",
        "Invalid according to Policy: Extra input fields: x-amz-meta-a"
      ])
      yield* read(yield* signed({}, { "x-ignore-button": "Send" }))
    }))

  it.effect("has a file that is too large or too small", () =>
    Effect.gen(function*() {
      const range: Post = { Conditions: [["content-length-range", 5, 10]] }
      const file = (size: number) => new File(["a".repeat(size)], "f")
      assert.deepStrictEqual(yield* rejected(yield* signed(range, {}, file(12))), {
        code: "EntityTooLarge",
        message: "Your proposed upload exceeds the maximum allowed size",
        statusCode: 400,
        members: { ProposedSize: "12", MaxSizeAllowed: "10" }
      })
      assert.deepStrictEqual(yield* rejected(yield* signed(range, {}, file(1))), {
        code: "EntityTooSmall",
        message: "Your proposed upload is smaller than the minimum allowed size",
        statusCode: 400,
        members: { ProposedSize: "1", MinSizeAllowed: "5" }
      })
      for (const size of [5, 10]) yield* read(yield* signed(range, {}, file(size)))
      const wrong = { Conditions: [["content-length-range", "test", 10]] } as unknown as Post
      assert.strictEqual(
        (yield* rejected(yield* signed(wrong))).message,
        `Invalid according to Policy: Policy Condition failed: ["content-length-range", "test", "10"]`
      )
    }))

  it.effect("has a malformed policy", () =>
    Effect.gen(function*() {
      const expiration = "2999-01-01T00:00:00Z"
      const two = { bucket: "bucket-1", key: "k" }
      const policies: ReadonlyArray<readonly [policy: object | string, message: string]> = [
        ["{", "Invalid JSON."],
        ["[]", "Invalid JSON."],
        [{ conditions: [] }, "Policy missing expiration."],
        [{ expiration }, "Policy missing conditions."],
        [{ expiration: "tomorrow", conditions: [] }, "Invalid 'expiration' value: 'tomorrow'"],
        [
          { expiration, conditions: [two] },
          "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        ],
        [{ expiration, conditions: [["ends-with", "$key", "k"]] }, "Invalid Condition: unknown operation 'ends-with'."],
        [{ expiration, conditions: [["eq", "$key"]] }, "Invalid Condition: wrong number of arguments to 'eq'."]
      ]
      for (const [policy, message] of policies) {
        const fault = yield* rejected(yield* withPolicy(policy), unknown)
        assert.deepStrictEqual(
          [fault.statusCode, fault.code, fault.message],
          [400, "InvalidPolicyDocument", `Invalid Policy: ${message}`]
        )
      }
    }))

  it.effect("has tags that aren't XML", () =>
    Effect.gen(function*() {
      const tagging = (text: string) => signed({ Fields: { tagging: text } })
      assert.strictEqual((yield* rejected(yield* tagging("not-xml"))).code, "MalformedXML")
      const { members } = yield* read(yield* tagging("<InvalidXmlTagging></InvalidXmlTagging>"))
      assert.notProperty(members, "Tagging")
    }))

  it.effect("isn't a form with one file", () =>
    Effect.gen(function*() {
      const { fields, url } = yield* Effect.promise(() => presigned())
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      const whole = yield* Effect.promise(() => posted(url, form))
      assert.deepStrictEqual(yield* rejected(whole), {
        code: "InvalidArgument",
        message: "POST requires exactly one file upload per request.",
        statusCode: 400,
        members: { ArgumentName: "file", ArgumentValue: "0" }
      })
      const broken = { ...whole, body: (whole.body as Uint8Array).subarray(0, 300) }
      assert.strictEqual((yield* rejected(broken)).code, "MalformedPOSTRequest")
      const json = { ...whole, headers: { ...whole.headers, "content-type": "application/json" } }
      const other = yield* rejected(json)
      assert.deepStrictEqual([other.statusCode, other.code, other.members], [412, "PreconditionFailed", {
        Condition: "Bucket POST must be of the enclosure-type multipart/form-data"
      }])
      const long = yield* signed({}, { "x-ignore-me": "a".repeat(20_480) })
      assert.strictEqual((yield* rejected(long)).code, "MaxPostPreDataLengthExceededError")
    }))

  it.effect("is answered as other errors of Amazon S3 are", () =>
    Effect.gen(function*() {
      const located = yield* identify(services, yield* signed({}, { acl: "private" }))
      const fault = yield* Effect.flip(readFormPost(located, () => secret, new Date()))
      const { body, status } = writeFault(located, fault, ids)
      assert.strictEqual(status, 403)
      assert.include(
        textOf(body as Uint8Array),
        "<Code>AccessDenied</Code><Message>Invalid according to Policy: Extra "
      )
    }))
})

describe("a form in a lenient world", () => {
  it.effect("may have an unknown key, and still has to meet its policy", () =>
    Effect.gen(function*() {
      const { verified } = yield* read(yield* signed(), unknown)
      assert.deepInclude(verified?.scope, { keyId: secret.accessKeyId, region: "eu-central-1" })
      assert.isUndefined(verified?.secret)
      assert.strictEqual((yield* rejected(yield* signed({}, { acl: "private" }), unknown)).code, "AccessDenied")
      const known = yield* rejected(yield* signed({}, { "X-Amz-Signature": "0" }), { lenient: true })
      assert.strictEqual(known.code, "SignatureDoesNotMatch")
    }))

  it.effect("may be signed in Signature Version 2, which is verified if the key is known", () =>
    Effect.gen(function*() {
      const policy = { expiration: "2999-01-01T00:00:00Z", conditions: [{ bucket: "bucket-1" }, { key: "k" }] }
      const fields = {
        key: "k",
        AWSAccessKeyId: "AKID",
        policy: Buffer.from(JSON.stringify(policy)).toString("base64"),
        signature: "c2ln"
      }
      const call = yield* Effect.promise(() => posted("http://127.0.0.1/bucket-1", formOf(fields)))
      const { verified } = yield* read(call, unknown)
      assert.strictEqual(verified?.scope.keyId, "AKID")
      assert.isUndefined(verified?.secret)
      assert.strictEqual((yield* rejected(call)).code, "SignatureDoesNotMatch")
      assert.strictEqual((yield* rejected(call, { lenient: true })).code, "SignatureDoesNotMatch")
      const signature = createHmac("sha1", secret.secretAccessKey).update(fields.policy).digest("base64")
      const signed = yield* Effect.promise(() => posted("http://127.0.0.1/bucket-1", formOf({ ...fields, signature })))
      assert.strictEqual((yield* read(signed)).verified?.secret, secret)
      const expired = () => ({ ...secret, expires: new Date(0) })
      assert.strictEqual((yield* rejected(signed, { secretOf: expired })).code, "ExpiredToken")
    }))
})
