import { ConnectionError } from "./connectionError.ts"
import * as Reason from "./reasons.ts"

/** The parts of the SDK's exceptions, and of Node's, that tell what happened. */
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
const timeouts = set("ETIMEDOUT ESOCKETTIMEDOUT TimeoutError RequestTimeout RequestTimeoutException")
const network = set(
  `ECONNABORTED ECONNREFUSED ECONNRESET EADDRNOTAVAIL EAI_AGAIN EHOSTDOWN EHOSTUNREACH ENETDOWN ENETRESET ENETUNREACH
   ENOTFOUND EPIPE ERR_STREAM_PREMATURE_CLOSE`
)
const tls = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO$|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/
const providers = set("CredentialsProviderError ProviderError TokenProviderError")
const proxyAdvice = "Is the endpoint really AWS's, with no proxy that answers in its place?"

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** An error that only wraps another one (an `AggregateError` of Node's for a host with two addresses). */
const innermost = (thrown: Thrown): Thrown => {
  const inner = thrown.errors?.[0] ?? (text(thrown.code) === undefined ? thrown.cause : undefined)
  return typeof inner === "object" && inner !== null && text((inner as Thrown).code) !== undefined
    ? (inner as Thrown)
    : thrown
}

// HEAD answers have no body, so the SDK knows no code for them: the status tells.
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
    ? "Sign in again: `aws sso login`, with `--profile NAME` where a profile is used."
    : "Give credentials: by a profile, the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or the role of the compute that this runs on."

const fromAnswer = (thrown: Thrown, name: string, message: string, statusCode: number): Reason.AwsErrorReason => {
  const requestId = text(thrown.$metadata?.requestId)
  if (thrown.$fault === undefined && statusCode < 500) {
    return new Reason.Unreadable({
      code: name,
      description: `the answer could not be read: ${message.split("\n")[0]}`,
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
      advice: "Call less often at once, or give the Layer a longer `retry` schedule."
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
        ? "Check the secret access key, and that this machine's clock is right."
        : "Check which credentials the Layer uses, and for which account and partition."
    })
  }
  if (denied.has(code)) {
    return new Reason.AccessDenied({
      ...fields,
      advice: "Allow the action in the caller's, and the resource's, policy."
    })
  }
  if (statusCode >= 500) {
    return new Reason.ServerFault({ ...fields, isRetryable: statusCode !== 501 && statusCode !== 505 })
  }
  if (statusCode === 403 && code === "Forbidden") {
    return new Reason.AccessDenied(fields)
  }
  return new Reason.Rejected({
    ...fields,
    advice: statusCode >= 300 && statusCode < 400
      ? `Use a Layer with the region of the resource${
        thrown.$response?.headers?.["x-amz-bucket-region"] ? `: ${thrown.$response.headers["x-amz-bucket-region"]}` : ""
      }.`
      : undefined
  })
}

const misconfigured = (code: string, message: string): string | undefined =>
  code === "ERR_INVALID_URL"
    ? "Give the `endpoint` as a whole URL: http://127.0.0.1:5000."
    : /HTTP label: (\w+)/.test(message)
    ? `Give a \`${/HTTP label: (\w+)/.exec(message)?.[1]}\` that is not empty.`
    : /region/i.test(message)
    ? "Give a region: the Layer's `region` option, AWS_REGION, or the profile's `region` line."
    : undefined

/** The one place that decides what a thrown value means. */
export const classify = (cause: unknown): Reason.AwsErrorReason => {
  if (typeof cause !== "object" || cause === null) {
    return new Reason.Misconfigured({ code: "Unknown", description: String(cause), isRetryable: false })
  }
  if (cause instanceof ConnectionError) return cause.reason
  const outer = cause as Thrown
  const thrown = innermost(outer)
  const name = text(outer.name) ?? "Error"
  const code = text(thrown.code)
  const message = text(thrown.message) ?? text(outer.message) ?? ""
  if (providers.has(name)) {
    // An error of this library's says what to do already.
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
        "The TLS connection was refused: check the endpoint, the proxy, and the certificate authorities (NODE_EXTRA_CA_CERTS)."
    })
  }
  if (code !== undefined && network.has(code)) {
    return new Reason.Unreachable({
      code,
      description: message,
      isRetryable: true,
      advice: code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "Is the region's name right, and is there a network?"
        : undefined
    })
  }
  if (code?.startsWith("HPE_")) {
    return new Reason.Unreadable({
      code,
      description: `the answer is not HTTP: ${message}`,
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
