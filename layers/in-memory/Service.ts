/**
 * The parts of an in-memory service: its state, and a handler for each command.
 */
import type { CommandIO, HttpRequest, MetadataBearer } from "@smithy/types"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/**
 * An error response from AWS.
 *
 * @category errors
 * @since 0.1.0
 */
export class Fault extends Data.TaggedError("Fault")<{
  /** AWS's error code, as on the wire: `NoSuchEntity`. */
  readonly code: string
  readonly message: string
  /** The HTTP status code; 400 by default. */
  readonly statusCode?: number | undefined
  /** Response headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Additional members of the error, as the SDK names them. */
  readonly members?: Readonly<Record<string, unknown>> | undefined
}> {}

/**
 * The identity that signed a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface Principal {
  readonly account: string
  readonly arn: string
  readonly userId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** When the credentials expire, in milliseconds on Effect's Clock. */
  readonly expiresAt?: number | undefined
}

/** How to take one page of a list. */
export interface Paging<A> {
  /** The pagination token in the request. */
  readonly token: string | undefined
  /** The page size that the request asks for, or AWS's default if it doesn't ask. */
  readonly size: number
  /**
   * The unique key that the list is sorted by. Each page starts after the last key of the previous page, because the
   * list can change between requests.
   */
  readonly key: (element: A) => string
  /** The request's input, or the part of it that selects the list: a token is valid for that list only. */
  readonly query: object
  /** The error for a token that wasn't issued for this list. */
  readonly invalid: Fault
}

/**
 * The request that a handler answers, and the in-memory AWS around it.
 *
 * @category models
 * @since 0.1.0
 */
export interface HandlerContext {
  /** The account that signed the request. */
  readonly account: string
  /** The region that the request was signed for. */
  readonly region: string
  readonly principal: Principal
  readonly operation: string
  /** The request, serialized and signed. */
  readonly request: HttpRequest
  /** Makes an id of hexadecimal digits, like AWS's own: `id("vpc-", 17)` → `vpc-0f3b…`. */
  readonly id: (prefix: string, digits: number) => string
  readonly uuid: () => string
  /** The Layer's `pageSize`, for handlers that can't use `page` because the markers in their lists are keys. */
  readonly pageSize: number | undefined
  /** Sorts a list by key, and returns one page of it with the token of the next page. */
  readonly page: <A>(
    list: Iterable<A>,
    options: Paging<A>
  ) => Effect.Effect<readonly [page: ReadonlyArray<A>, token: string | undefined], Fault>
  /** The state of another service; by default in the same account and region. */
  readonly stateOf: <S>(service: Service<S>, where?: { readonly account?: string; readonly region?: string }) => S
  /** Registers a principal's access keys: requests signed with them are accepted from now on. */
  readonly issue: (principal: Principal) => void
  /** Revokes access keys: requests signed with them are rejected from now on. */
  readonly revoke: (accessKeyId: string) => void
  /** The principal that an access key belongs to. */
  readonly principalOf: (accessKeyId: string) => Principal | undefined
}

/** Turns a command's input into its output, or fails with a fault. */
export type Handler<I, O, S> = (
  input: I,
  state: S,
  context: HandlerContext
) => Effect.Effect<Omit<O, "$metadata">, Fault>

/** The handlers for the commands of an SDK module: `{ PutParameter: … }` for `typeof import("@aws-sdk/client-ssm")`. */
export type Handlers<Module, S> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer O extends MetadataBearer> ? Handler<I, O, S> :
    never
}

/** Selects the error codes and messages that a service uses for errors that every service has. */
export type Protocol = "ec2" | "json" | "query" | "s3"

/** A service of the in-memory AWS. */
export interface Service<S> {
  /** The service's id in the SDK's client: `SSM`. */
  readonly serviceId: string
  /** The service's namespace in the schemas of its commands: `com.amazonaws.ssm`. */
  readonly namespace: string
  readonly protocol: Protocol
  /** What has a state of its own: each region of an account (most services), each account (IAM), or all of AWS (S3). */
  readonly scope: "region" | "account" | "global"
  readonly state: () => S
  readonly handlers: Readonly<Record<string, Handler<any, any, S>>>
  /** Operations that accept unsigned requests. */
  readonly unsigned?: ReadonlyArray<string>
}

/**
 * Defines a service. The SDK's module is a type argument (`import type * as sdk from "@aws-sdk/client-ssm"`), so
 * defining a service doesn't load its client.
 *
 * ```ts skip-check
 * export const ssm = service<typeof sdk>()({ … })
 * ```
 */
export const service = <Module>() =>
<S>(
  definition: Omit<Service<S>, "handlers"> & { readonly handlers: Handlers<Module, S> }
): Service<S> => definition as Service<S>

const faultCodes: Record<
  Protocol,
  Record<
    "unknownKey" | "signature" | "expired" | "unsigned" | "throttled" | "serverFault",
    readonly [code: string, statusCode: number, message?: string]
  >
> = {
  ec2: {
    unknownKey: ["AuthFailure", 401],
    signature: ["AuthFailure", 401, "AWS was not able to validate the provided access credentials"],
    expired: ["RequestExpired", 400],
    unsigned: ["AuthFailure", 401],
    throttled: ["RequestLimitExceeded", 503],
    serverFault: ["InternalError", 500]
  },
  json: {
    unknownKey: ["UnrecognizedClientException", 400],
    signature: ["InvalidSignatureException", 400],
    expired: ["ExpiredTokenException", 400],
    unsigned: ["MissingAuthenticationTokenException", 400],
    throttled: ["ThrottlingException", 400],
    serverFault: ["InternalServerError", 500]
  },
  query: {
    unknownKey: ["InvalidClientTokenId", 403],
    signature: ["SignatureDoesNotMatch", 403],
    expired: ["ExpiredToken", 403],
    unsigned: ["MissingAuthenticationToken", 403],
    throttled: ["Throttling", 400],
    serverFault: ["InternalFailure", 500]
  },
  s3: {
    unknownKey: ["InvalidAccessKeyId", 403],
    signature: [
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    ],
    expired: ["ExpiredToken", 400],
    unsigned: ["AccessDenied", 403],
    throttled: ["SlowDown", 503],
    serverFault: ["InternalError", 500]
  }
}

const messages: Record<keyof (typeof faultCodes)[Protocol], string> = {
  unknownKey: "The security token included in the request is invalid.",
  signature:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  expired: "The security token included in the request is expired",
  unsigned: "Request is missing Authentication Token",
  throttled: "Rate exceeded",
  serverFault: "We encountered an internal error. Please try again."
}

/** The fault of this kind, as a service with this protocol returns it. */
export const commonFault = (protocol: Protocol, kind: keyof typeof messages): Fault => {
  const [code, statusCode, message = messages[kind]] = faultCodes[protocol][kind]
  return new Fault({ code, statusCode, message })
}
