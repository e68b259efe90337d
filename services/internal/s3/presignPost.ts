// Forms that are signed here, and posted by somebody else.
import { PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import type { AnyCommand } from "../../../src/Call.ts"
import { explain } from "../../../src/internal/sdk/unsendable.ts"
import { expiresProblem, type Problem } from "./invalid.ts"
import { given, objectParameters } from "./parameters.ts"
import { PresignedPost, type PresignPostOptions } from "./presignedModels.ts"
import { encryptionProblem, isOwn, MAX_SIZE, onBuilt, signed, type Signing, sizeProblem } from "./signing.ts"

/** Ends the SDK's middleware where it would sign the request, and gives what it has made of the command so far. */
class Built extends Error {
  readonly headers: Readonly<Record<string, string>>
  constructor(headers: Readonly<Record<string, string>>) {
    super("The request is built")
    this.headers = headers
  }
}

/** The headers of `PutObject` that a form has as fields of another name. Others have theirs, in small letters. */
const fieldNames: Readonly<Record<string, string>> = {
  "cache-control": "Cache-Control",
  "content-disposition": "Content-Disposition",
  "content-encoding": "Content-Encoding",
  "content-type": "Content-Type",
  expires: "Expires",
  "x-amz-acl": "acl"
}

/** The fields of a form whose upload is that of this command. The SDK's middleware checks them as it checks any upload. */
const fieldsOf = async (command: AnyCommand, { client }: Signing): Promise<Record<string, string>> => {
  onBuilt(command, ({ headers }) => {
    throw new Built(headers)
  })
  const headers = await command.resolveMiddleware(client.middlewareStack as any, client.config, {})({
    input: command.input
  }).then(() => ({}), (error: unknown) => {
    if (error instanceof Built) return error.headers
    throw error
  })
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name in fieldNames || isOwn(name) ? [[fieldNames[name] ?? name, value]] : []
    )
  )
}

const filename = "${filename}"

const keyProblem = (key: string): Problem | undefined =>
  !key.includes(filename) ? undefined : {
    code: "FilenameInKey",
    description: `S3 replaces \`${filename}\` in the key of a form with the name of the file`,
    advice: "Pass `{ prefix }`, and the object gets the prefix with the name of the file after it."
  }

const orderProblem = ({ max = MAX_SIZE, min = 0 }: NonNullable<PresignPostOptions["size"]>): Problem | undefined =>
  min <= max ? undefined : {
    code: "InvalidSize",
    description: "`size.min` is more than `size.max`, so no file fits",
    advice: "Swap them."
  }

const redirectProblem = (url: string | undefined): Problem | undefined =>
  url === undefined || /^https?:\/\/\S+$/i.test(url) ? undefined : {
    code: "InvalidRedirect",
    description: "`successRedirect` isn't a whole http or https URL",
    advice: "Pass one, as a browser would open it."
  }

/** Conditions of a form that no field of its own has. */
const conditionsOf = ({ contentType, size }: PresignPostOptions) => [
  ...(typeof contentType === "object" ? [["starts-with", "$Content-Type", contentType.prefix] as const] : []),
  ...(size === undefined ? [] : [["content-length-range", size.min ?? 0, size.max ?? MAX_SIZE] as const])
]

const signForm = async (
  command: PutObjectCommand,
  options: PresignPostOptions,
  signing: Signing
): Promise<PresignedPost> => {
  try {
    const fields = await fieldsOf(command, signing)
    const { createPresignedPost } = await import("@aws-sdk/s3-presigned-post")
    const { successRedirect, successStatus } = options
    const post = await createPresignedPost(signing.client as any, {
      Bucket: command.input.Bucket!,
      Key: command.input.Key!,
      Expires: signing.seconds,
      Fields: {
        ...fields,
        ...(successStatus !== undefined && { success_action_status: String(successStatus) }),
        ...(successRedirect !== undefined && { success_action_redirect: successRedirect })
      },
      Conditions: conditionsOf(options).map((condition) => [...condition] as any)
    })
    return new PresignedPost({ ...post, expiresAt: signing.expiryOf() })
  } catch (cause) {
    throw explain(command.input, cause)
  }
}

export const presignPost = Effect.fn("S3.presignPost")((
  bucket: string,
  key: string | { readonly prefix: string },
  options: PresignPostOptions = {}
): Effect.Effect<PresignedPost, AwsError, AwsClients> => {
  const { contentType, encryption, size = {}, successRedirect, ...object } = options
  const problems = [
    keyProblem(typeof key === "string" ? key : key.prefix),
    encryptionProblem(encryption),
    expiresProblem(object.expires),
    sizeProblem("size.min", size.min),
    sizeProblem("size.max", size.max),
    orderProblem(size),
    redirectProblem(successRedirect)
  ]
  return signed("PostObject", options.expiresIn, problems, () =>
    new PutObjectCommand(given({
      Bucket: bucket,
      Key: typeof key === "string" ? key : `${key.prefix}${filename}`,
      ...objectParameters({ ...object, encryption, ...(typeof contentType === "string" && { contentType }) })
    })), (command, signing) => signForm(command, options, signing))
})
