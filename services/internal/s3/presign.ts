// URLs that are signed here, and used by somebody else.
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import type { AwsCredentialIdentity } from "@smithy/types"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import type { AnyCommand } from "../../../src/Call.ts"
import { explain } from "../../../src/internal/sdk/unsendable.ts"
import { expiresProblem, type Problem } from "./invalid.ts"
import type { Checksum } from "./options.ts"
import { conditionParameters, given, objectParameters } from "./parameters.ts"
import { PresignedRequest, type PresignGetOptions, type PresignPutOptions } from "./presignedModels.ts"
import { encryptionProblem, isOwn, onBuilt, signed, type Signing, sizeProblem } from "./signing.ts"

/** Bytes of the checksums. */
const checksumBytes: Readonly<Record<Checksum, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

const checksumProblem = (checksum: PresignPutOptions["checksum"]): Problem | undefined => {
  if (checksum === undefined) return undefined
  const { algorithm, value } = checksum
  const bytes = Buffer.from(String(value), "base64")
  return bytes.byteLength === checksumBytes[algorithm] && bytes.toString("base64") === value ? undefined : {
    code: "InvalidChecksum",
    description: `the value of \`checksum\` isn't a ${algorithm} in Base64, which has ${
      checksumBytes[algorithm]
    } bytes`,
    advice: "Encode the bytes of the checksum in Base64, not its digits."
  }
}

/** Clients resolve dots in the path of a URL, which leads to another object. */
const dotsProblem = (key: string): Problem | undefined =>
  !/(^|\/)\.\.?(\/|$)/.test(key) ? undefined : {
    code: "RelativeKey",
    description: `the key is \`${key}\`, and browsers and other clients resolve the dots in a URL`,
    advice: "Use a key without the segments `.` and `..`."
  }

/**
 * Signs the URL of a command. By itself, the SDK's presigner leaves the type of the content unsigned, and puts headers into
 * the URL: AWS takes them from there, but S3-compatible stores don't.
 */
const signUrl = async (method: "GET" | "PUT", command: AnyCommand, signing: Signing): Promise<PresignedRequest> => {
  const unhoistableHeaders = new Set<string>()
  let headers: Readonly<Record<string, string>> = {}
  let session: AwsCredentialIdentity | undefined
  onBuilt(command, (request, { s3ExpressIdentity }) => {
    headers = { ...request.headers }
    session = s3ExpressIdentity
    for (const name of Object.keys(headers)) if (isOwn(name)) unhoistableHeaders.add(name)
  })
  try {
    const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner")
    const url = await getSignedUrl(signing.client as any, command as any, {
      expiresIn: signing.seconds,
      signingDate: new Date(signing.now),
      unhoistableHeaders,
      signableHeaders: new Set(["content-type", "cache-control"])
    })
    const names = new URL(url).searchParams.get("X-Amz-SignedHeaders")?.split(";") ?? []
    return new PresignedRequest({
      method,
      url,
      headers: Object.fromEntries(names.flatMap((name) => name === "host" ? [] : [[name, headers[name]!]])),
      expiresAt: signing.expiryOf(session)
    })
  } catch (cause) {
    throw explain(command.input, cause)
  }
}

export const presignGet = Effect.fn("S3.presignGet")((
  bucket: string,
  key: string,
  options: PresignGetOptions = {}
): Effect.Effect<PresignedRequest, AwsError, AwsClients> =>
  signed(
    "GetObject",
    options.expiresIn,
    [dotsProblem(key), expiresProblem(options.expires)],
    () =>
      new GetObjectCommand(given({
        Bucket: bucket,
        Key: key,
        VersionId: options.versionId,
        ResponseCacheControl: options.cacheControl,
        ResponseContentDisposition: options.contentDisposition,
        ResponseContentEncoding: options.contentEncoding,
        ResponseContentLanguage: options.contentLanguage,
        ResponseContentType: options.contentType,
        ResponseExpires: options.expires
      })),
    (command, signing) => signUrl("GET", command, signing)
  )
)

export const presignPut = Effect.fn("S3.presignPut")((
  bucket: string,
  key: string,
  { checksum, ...options }: PresignPutOptions = {}
): Effect.Effect<PresignedRequest, AwsError, AwsClients> => {
  const problems = [
    dotsProblem(key),
    sizeProblem("contentLength", options.contentLength),
    encryptionProblem(options.encryption),
    expiresProblem(options.expires),
    checksumProblem(checksum)
  ]
  return signed("PutObject", options.expiresIn, problems, () =>
    new PutObjectCommand(given({
      Bucket: bucket,
      Key: key,
      ContentLength: options.contentLength,
      ...objectParameters(options),
      ...conditionParameters(options),
      ...(checksum !== undefined && { [`Checksum${checksum.algorithm}`]: checksum.value })
    })), (command, signing) => signUrl("PUT", command, signing))
})
