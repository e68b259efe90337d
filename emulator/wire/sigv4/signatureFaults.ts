// The errors for signatures that AWS doesn't accept. Their codes and messages differ by protocol.
import { Fault } from "../fault.ts"
import { isJsonRpc, type Protocol } from "../protocol.ts"
import type { Version } from "./scope.ts"

/** The codes of one kind of error, by protocol. */
interface Codes {
  readonly s3: string
  readonly query: string
  readonly data: string
}

type Members = Readonly<Record<string, string>>

/** EC2 says only that it doesn't accept the credentials. */
const ec2Failure = (): Fault =>
  new Fault({
    code: "AuthFailure",
    message: "AWS was not able to validate the provided access credentials",
    statusCode: 401
  })

const fault = (
  protocol: Protocol,
  codes: Codes,
  texts: { readonly s3: string; readonly others: string },
  s3: { readonly statusCode: number; readonly members?: Members } = { statusCode: 403 }
): Fault => {
  switch (protocol) {
    case "restXml":
      return new Fault({ code: codes.s3, message: texts.s3, ...s3 })
    case "ec2Query":
      return ec2Failure()
    case "awsQuery":
      return new Fault({ code: codes.query, message: texts.others, statusCode: 403 })
    default:
      return new Fault({ code: codes.data, message: texts.others, statusCode: isJsonRpc(protocol) ? 400 : 403 })
  }
}

/** The request is unsigned. */
export const missingSignature = (protocol: Protocol): Fault =>
  fault(
    protocol,
    { s3: "AccessDenied", query: "MissingAuthenticationToken", data: "MissingAuthenticationTokenException" },
    {
      s3: "Access Denied",
      others: protocol === "awsQuery" ? "Request is missing Authentication Token" : "Missing Authentication Token"
    }
  )

/** No key has this id. */
export const unknownKey = (protocol: Protocol, keyId: string): Fault =>
  fault(
    protocol,
    { s3: "InvalidAccessKeyId", query: "InvalidClientTokenId", data: "UnrecognizedClientException" },
    {
      s3: "The AWS Access Key Id you provided does not exist in our records.",
      others: "The security token included in the request is invalid."
    },
    { statusCode: 403, members: { AWSAccessKeyId: keyId } }
  )

/** The session token isn't the one that was issued with the key. */
export const wrongToken = (protocol: Protocol, token: string | undefined, keyId: string): Fault =>
  token === undefined
    ? unknownKey(protocol, keyId)
    : fault(
      protocol,
      { s3: "InvalidToken", query: "InvalidClientTokenId", data: "UnrecognizedClientException" },
      {
        s3: "The provided token is malformed or otherwise invalid.",
        others: "The security token included in the request is invalid."
      },
      { statusCode: 400, members: { "Token-0": token } }
    )

/** The key has expired. */
export const expiredToken = (protocol: Protocol, token: string | undefined): Fault =>
  protocol === "ec2Query" ? expiredRequest() : fault(
    protocol,
    { s3: "ExpiredToken", query: "ExpiredToken", data: "ExpiredTokenException" },
    {
      s3: "The provided token has expired.",
      others: "The security token included in the request is expired"
    },
    { statusCode: 400, members: token === undefined ? {} : { "Token-0": token } }
  )

const expiredRequest = (): Fault =>
  new Fault({ code: "RequestExpired", message: "Request has expired.", statusCode: 400 })

/** The signature is wrong. `details` are what Amazon S3 says about its own computation. */
export const wrongSignature = (protocol: Protocol, details: Members): Fault =>
  fault(
    protocol,
    { s3: "SignatureDoesNotMatch", query: "SignatureDoesNotMatch", data: "InvalidSignatureException" },
    {
      s3: "The request signature we calculated does not match the signature you provided. " +
        "Check your key and signing method.",
      others: "The request signature we calculated does not match the signature you provided. Check your AWS Secret " +
        "Access Key and signing method. Consult the service documentation for details."
    },
    { statusCode: 403, members: details }
  )

/** The scope has the wrong date or form. */
export const wrongScope = (protocol: Protocol, text: string, isPresigned: boolean): Fault =>
  fault(
    protocol,
    {
      s3: isPresigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
      query: "SignatureDoesNotMatch",
      data: "InvalidSignatureException"
    },
    {
      s3: isPresigned
        ? `Error parsing the X-Amz-Credential parameter; ${text}`
        : `The authorization header is malformed; ${text}`,
      others: text
    },
    { statusCode: 400 }
  )

/** A part of the signature is missing. */
export const incompleteSignature = (
  protocol: Protocol,
  texts: { readonly s3: string; readonly others: string },
  isPresigned: boolean
) =>
  fault(
    protocol,
    {
      s3: isPresigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
      query: "IncompleteSignature",
      data: "IncompleteSignatureException"
    },
    texts,
    { statusCode: 400 }
  )

/** A header that must be signed isn't. */
export const unsignedHeaders = (protocol: Protocol, names: ReadonlyArray<string>): Fault =>
  fault(
    protocol,
    { s3: "AccessDenied", query: "SignatureDoesNotMatch", data: "InvalidSignatureException" },
    {
      s3: "There were headers present in the request which were not signed",
      others: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    },
    { statusCode: 403, members: { HeadersNotSigned: names.join(", ") } }
  )

const compact = (date: Date): string => date.toISOString().replace(/[-:]|\.\d{3}/g, "")

const whole = (date: Date): string => date.toISOString().replace(/\.\d{3}/, "")

/** How far a client's clock may be off, in milliseconds. */
export const allowedSkew = (protocol: Protocol): number =>
  protocol === "restXml" || protocol === "awsQuery" || protocol === "ec2Query" ? 15 * 60_000 : 5 * 60_000

/** The request was signed too long ago, or in the future. */
export const wrongTime = (protocol: Protocol, signed: Date, now: Date): Fault => {
  if (protocol === "ec2Query") return expiredRequest()
  const skew = allowedSkew(protocol)
  const minutes = skew / 60_000
  const isEarly = signed < now
  const limit = new Date(now.getTime() + (isEarly ? -skew : skew))
  return fault(
    protocol,
    { s3: "RequestTimeTooSkewed", query: "SignatureDoesNotMatch", data: "InvalidSignatureException" },
    {
      s3: "The difference between the request time and the current time is too large.",
      others: isEarly
        ? `Signature expired: ${compact(signed)} is now earlier than ${compact(limit)} (${
          compact(now)
        } - ${minutes} min.)`
        : `Signature not yet current: ${compact(signed)} is still later than ${compact(limit)} (${
          compact(now)
        } + ${minutes} min.)`
    },
    {
      statusCode: 403,
      members: {
        RequestTime: compact(signed),
        ServerTime: whole(now),
        MaxAllowedSkewMilliseconds: String(skew)
      }
    }
  )
}

/** The presigned URL has expired. */
export const expiredUrl = (protocol: Protocol, signed: Date, seconds: number, now: Date): Fault => {
  if (protocol === "ec2Query") return expiredRequest()
  const end = new Date(signed.getTime() + seconds * 1_000)
  return fault(
    protocol,
    { s3: "AccessDenied", query: "SignatureDoesNotMatch", data: "InvalidSignatureException" },
    {
      s3: "Request has expired",
      others:
        `Signature expired: ${compact(signed)} is now earlier than ${
          compact(new Date(now.getTime() - seconds * 1_000))
        } ` +
        `(${compact(now)} - ${seconds} sec.)`
    },
    {
      statusCode: 403,
      members: { "X-Amz-Expires": String(seconds), Expires: whole(end), ServerTime: whole(now) }
    }
  )
}

/** The expiry of a presigned URL isn't a number of seconds within a week. */
export const wrongExpires = (protocol: Protocol, text: string): Fault => {
  const message = !/^-?\d+$/.test(text)
    ? "X-Amz-Expires should be a number"
    : Number(text) < 0
    ? "X-Amz-Expires must be non-negative"
    : "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
  return incompleteSignature(protocol, { s3: message, others: message }, true)
}

/** A signed request to Amazon S3 must have the digest of its body. */
export const missingContentHash = (): Fault =>
  new Fault({
    code: "InvalidRequest",
    message: "Missing required header for this request: x-amz-content-sha256",
    statusCode: 400
  })

const deniedBy2 = (message: string): Fault => new Fault({ code: "AccessDenied", message, statusCode: 403 })

/** A request with Signature Version 2 has no time of signing. */
export const missingDate = (): Fault => deniedBy2("AWS authentication requires a valid Date or x-amz-date header")

/** The end of a presigned URL of Signature Version 2 isn't a time. */
export const wrongExpiresOf2 = (text: string): Fault =>
  deniedBy2(`Invalid date (should be seconds since epoch): ${text}`)

/** A presigned URL of Signature Version 2 has expired. */
export const expiredUrlOf2 = (protocol: Protocol, end: Date, now: Date): Fault =>
  protocol === "ec2Query" || protocol === "awsQuery" ? expiredRequest() : new Fault({
    code: "AccessDenied",
    message: "Request has expired",
    statusCode: 403,
    members: { Expires: whole(end), ServerTime: whole(now) }
  })

/** The emulator can't verify this version, which is a gap. */
export const unsupportedVersion = (version: Version): Fault =>
  new Fault({
    code: "NotImplemented",
    message: `The emulator doesn't verify Signature Version ${version} of this service. Sign with AWS4-HMAC-SHA256, ` +
      "or with a key that the emulator hasn't issued, if it accepts unknown keys.",
    statusCode: 501
  })

/** The policy of a form names another algorithm. */
export const unsupportedAlgorithm = (): Fault =>
  new Fault({
    code: "InvalidRequest",
    message: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    statusCode: 400
  })
