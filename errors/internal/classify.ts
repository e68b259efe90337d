import * as Reason from "./reasons.ts"
import { Refused } from "./refused.ts"
import { regionOf } from "./region.ts"

/** The parts of the SDK's and Node's exceptions that say what happened. */
interface Thrown {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: ReadonlyArray<unknown>
  readonly $fault?: unknown
  readonly $retryable?: { readonly throttling?: boolean }
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/))

const throttling = set(
  `BandwidthLimitExceeded EC2ThrottledException PriorRequestNotComplete ProvisionedThroughputExceededException
   RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling
   ThrottlingException TooManyRequestsException TooManyRequests TooManyUpdates TransactionInProgressException`
)
const credentials = set(
  `AuthFailure ExpiredToken ExpiredTokenException IncompleteSignature IncompleteSignatureException InvalidAccessKeyId
   InvalidClientTokenId InvalidSecurity InvalidSignatureException InvalidToken MissingAuthenticationToken
   MissingAuthenticationTokenException NotSignedUp RequestExpired RequestInTheFuture RequestTimeTooSkewed
   SignatureDoesNotMatch TokenRefreshRequired UnrecognizedClientException`
)
const skew = set(
  "InvalidSignatureException RequestExpired RequestInTheFuture RequestTimeTooSkewed SignatureDoesNotMatch"
)
const expired = set("ExpiredToken ExpiredTokenException TokenRefreshRequired")
const denied = set(
  `AccessDenied AccessDeniedException AllAccessDisabled AuthorizationError AuthorizationErrorException Forbidden
   NotAuthorized UnauthorizedAccess UnauthorizedException UnauthorizedOperation`
)
const elsewhere = set(
  `IllegalLocationConstraintException IncorrectEndpoint MovedPermanently PermanentRedirect Redirect TemporaryRedirect`
)
const timeouts = set("ETIMEDOUT ESOCKETTIMEDOUT TimeoutError RequestTimeout RequestTimeoutException")
const network = set(
  `ECONNABORTED ECONNREFUSED ECONNRESET EADDRNOTAVAIL EAI_AGAIN EHOSTDOWN EHOSTUNREACH ENETDOWN ENETRESET ENETUNREACH
   ENOTFOUND EPIPE ERR_STREAM_PREMATURE_CLOSE`
)
const tls = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/
const providers = set("CredentialsProviderError ProviderError TokenProviderError")
const proxyAdvice = "Check that the endpoint is AWS's, and that no proxy answers in its place."

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** Unwraps an error that only wraps another, such as Node's `AggregateError` for a host with two addresses. */
const innermost = (thrown: Thrown): Thrown => {
  const inner = thrown.errors?.[0] ?? (text(thrown.code) === undefined ? thrown.cause : undefined)
  return typeof inner === "object" && inner !== null && text((inner as Thrown).code) !== undefined
    ? (inner as Thrown)
    : thrown
}

// A response to HEAD has no body, so the SDK finds no code in it. The status stands in for it.
const bodiless: Readonly<Record<number, string>> = {
  301: "MovedPermanently",
  304: "NotModified",
  307: "TemporaryRedirect",
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  412: "PreconditionFailed"
}

const ssoAdvice = (message: string): string =>
  /sso|expired|login/i.test(message)
    ? "Sign in again: `aws sso login`, with `--profile NAME` if you use a profile."
    : "Provide credentials: a profile, the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or the role of the compute that runs this program."

/** What to do about a refusal that may mean that the bucket is in another region. */
const regionAdvice = (thrown: Thrown, code: string, statusCode: number): string | undefined => {
  const region = regionOf(thrown)
  // A redirect that is not AWS's has no request ID: it may lead to a proxy's login page.
  const isFromAws = region !== undefined || text(thrown.$metadata?.requestId) !== undefined
  if ((elsewhere.has(code) && isFromAws) || (code === "AuthorizationHeaderMalformed" && region !== undefined)) {
    return `Use a Layer with the region of the bucket${region === undefined ? "" : `: ${region}`}.`
  }
  if (code === "AuthorizationHeaderMalformed") return "Check the access key ID, and the Layer's region."
  // S3 answers so to a HEAD request that is signed for another region, and to one with an expired token.
  if (code === "BadRequest" && region !== undefined) {
    return `The bucket is in ${region}. If the Layer has another region, use one with that region; otherwise check the ` +
      "credentials."
  }
  return statusCode >= 300 && statusCode < 400 && statusCode !== 304 ? proxyAdvice : undefined
}

const fromAnswer = (thrown: Thrown, name: string, message: string, statusCode: number): Reason.AwsErrorReason => {
  const requestId = text(thrown.$metadata?.requestId)
  if (thrown.$fault === undefined && statusCode < 500) {
    return new Reason.Unreadable({
      code: name,
      description: `the response could not be read: ${message.split("\n")[0]}`,
      statusCode,
      requestId,
      isRetryable: false,
      advice: proxyAdvice
    })
  }
  const code = thrown.$fault === undefined || name === "Unknown" || name === "UnknownError" || /^\d*$/.test(name)
    ? bodiless[statusCode] ?? `HTTP${statusCode}`
    : name
  const description = thrown.$fault === undefined || message === "UnknownError" || message === "Unknown" ? "" : message
  const fields = { code, description, statusCode, requestId, isRetryable: thrown.$retryable !== undefined }
  if (throttling.has(code) || statusCode === 429 || thrown.$retryable?.throttling === true) {
    return new Reason.Throttled({
      ...fields,
      isRetryable: true,
      advice: "Make fewer calls at once, or give the Layer a longer `retry` schedule."
    })
  }
  if (timeouts.has(code)) {
    return new Reason.TimedOut({ ...fields, isRetryable: true })
  }
  if (expired.has(code)) {
    return new Reason.CredentialsRejected({ ...fields, advice: "The credentials have expired: get new ones." })
  }
  if (credentials.has(code)) {
    return new Reason.CredentialsRejected({
      ...fields,
      advice: skew.has(code)
        ? "Check the secret access key and this machine's clock."
        : "Check which credentials the Layer uses, and for which account and partition."
    })
  }
  if (denied.has(code)) {
    return new Reason.AccessDenied({
      ...fields,
      advice: "Allow the action in the caller's policy and in the resource's."
    })
  }
  if (statusCode >= 500) {
    return new Reason.ServerFault({ ...fields, isRetryable: statusCode !== 501 && statusCode !== 505 })
  }
  if (statusCode === 403 && code === "Forbidden") {
    return new Reason.AccessDenied(fields)
  }
  return new Reason.Rejected({ ...fields, advice: regionAdvice(thrown, code, statusCode) })
}

const misconfigured = (code: string, message: string): string | undefined =>
  code === "ERR_INVALID_URL"
    ? "Give the `endpoint` as a complete URL, such as http://127.0.0.1:5000."
    : /HTTP label: (\w+)/.test(message)
    ? `Give a non-empty \`${/HTTP label: (\w+)/.exec(message)?.[1]}\`.`
    : /region/i.test(message)
    ? "Set a region: the Layer's `region` option, AWS_REGION, or the profile's `region` setting."
    : undefined

/** The one place that decides what a thrown value means. */
export const classify = (cause: unknown): Reason.AwsErrorReason => {
  if (typeof cause !== "object" || cause === null) {
    return new Reason.Misconfigured({ code: "Unknown", description: String(cause), isRetryable: false })
  }
  if (cause instanceof Refused) return cause.reason
  const outer = cause as Thrown
  const thrown = innermost(outer)
  const name = text(outer.name) ?? "Error"
  const code = text(thrown.code)
  const message = text(thrown.message) ?? text(outer.message) ?? ""
  if (providers.has(name)) {
    // This library's own errors already say what to do.
    const source = outer.cause as { readonly _tag?: unknown; readonly isRetryable?: unknown } | undefined
    const isAdvised = source?._tag === "CredentialsNotFound" || source?._tag === "AssumeRoleFailed"
    return new Reason.CredentialsUnavailable({
      code: name,
      description: message,
      isRetryable: source?.isRetryable === true,
      advice: isAdvised ? undefined : ssoAdvice(message)
    })
  }
  const statusCode = outer.$metadata?.httpStatusCode ?? outer.$response?.statusCode
  if (statusCode !== undefined && code === undefined) {
    return fromAnswer(outer, name, message, statusCode)
  }
  if (code !== undefined && tls.test(code)) {
    return new Reason.Unreachable({
      code,
      description: message,
      isRetryable: false,
      advice:
        "The TLS connection failed: check the endpoint, the proxy, and the certificate authorities (NODE_EXTRA_CA_CERTS)."
    })
  }
  if (code !== undefined && network.has(code)) {
    return new Reason.Unreachable({
      code,
      description: message,
      isRetryable: true,
      advice: code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "Check the region's name and the network."
        : undefined
    })
  }
  if (code?.startsWith("HPE_")) {
    return new Reason.Unreadable({
      code,
      description: `the response is not HTTP: ${message}`,
      isRetryable: false,
      advice: proxyAdvice
    })
  }
  if (message === "aborted" || (code === undefined && /socket hang up|premature close/i.test(message))) {
    return new Reason.Unreachable({ code: "ECONNRESET", description: message, isRetryable: true })
  }
  if (timeouts.has(code ?? name)) {
    return new Reason.TimedOut({ code: code ?? name, description: message, isRetryable: true })
  }
  if (/checksum|did not match/i.test(message)) {
    return new Reason.Unreadable({ code: name, description: message, statusCode, isRetryable: false })
  }
  return new Reason.Misconfigured({
    code: code ?? name,
    description: message,
    isRetryable: false,
    advice: misconfigured(code ?? name, message)
  })
}
