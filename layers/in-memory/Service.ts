/**
 * What a service of the in-memory AWS is made of: state, and a handler for each command.
 */
import type { CommandIO, HttpRequest, MetadataBearer } from "@smithy/types"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/**
 * An error that AWS answers with.
 *
 * @category errors
 * @since 0.1.0
 */
export class Fault extends Data.TaggedError("Fault")<{
  /** AWS's code, as on the wire: `NoSuchEntity`. */
  readonly code: string
  readonly message: string
  /** The HTTP status; 400 by default. */
  readonly statusCode?: number | undefined
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Further members of the error, as the SDK names them. */
  readonly members?: Readonly<Record<string, unknown>> | undefined
}> {}

/**
 * Who signed a request.
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
  /** Milliseconds of Effect's Clock. */
  readonly expiresAt?: number | undefined
}

/** How a page is cut from a list. */
export interface PageOptions<A> {
  /** The token that the request came with. */
  readonly token: string | undefined
  /** How many elements the request asks for; AWS's own page size where it asks for none. */
  readonly size: number
  /** What the list is sorted by; unique. A page starts after the last key of the one before it, as lists change in between. */
  readonly key: (element: A) => string
  /** The request's input, or the part of it that chose the list: a token is good for that list only. */
  readonly query: object
  /** What AWS answers to a token that it did not give for this list. */
  readonly invalid: Fault
}

/**
 * The request that a handler answers, and the world that it runs in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  /** The account of whoever signed the request. */
  readonly account: string
  /** The region that the request was signed for. */
  readonly region: string
  readonly principal: Principal
  readonly operation: string
  /** The serialised and signed request. */
  readonly request: HttpRequest
  /** An id as AWS makes them: `id("vpc-", 17)` → `vpc-0f3b…`, of hexadecimal digits. */
  readonly id: (prefix: string, digits: number) => string
  readonly uuid: () => string
  /** The most elements that a page may have, where the Layer's `pageSize` says so: for lists whose markers are their own keys. */
  readonly pageSize: number | undefined
  /** One page of a list that is sorted by its key, and the token of the next one. */
  readonly page: <A>(
    list: Iterable<A>,
    options: PageOptions<A>
  ) => Effect.Effect<readonly [page: ReadonlyArray<A>, token: string | undefined], Fault>
  /** The state of another service, here or elsewhere. */
  readonly stateOf: <S>(service: Service<S>, where?: { readonly account?: string; readonly region?: string }) => S
  /** Makes the keys of a principal known, so that requests signed with them are accepted. */
  readonly issue: (principal: Principal) => void
  /** Makes keys unknown, so that requests signed with them are refused. */
  readonly revoke: (accessKeyId: string) => void
  /** Who these keys belong to. */
  readonly principalOf: (accessKeyId: string) => Principal | undefined
}

/** A handler: from the command's input to its output, or a fault. */
export type Handler<I, O, S> = (input: I, state: S, call: Call) => Effect.Effect<Omit<O, "$metadata">, Fault>

/** The handlers of a client's module: `{ PutParameter: … }` for `typeof import("@aws-sdk/client-ssm")`. */
export type Handlers<Module, S> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer O extends MetadataBearer> ? Handler<I, O, S> :
    never
}

/** The wire protocol's way to say what every service says. */
export type Protocol = "ec2" | "json" | "query" | "s3"

/**
 * A service of the in-memory AWS.
 */
export interface Service<S> {
  /** As the SDK's client names it: `SSM`. */
  readonly serviceId: string
  /** As the schemas of its commands name it: `com.amazonaws.ssm`. */
  readonly namespace: string
  readonly protocol: Protocol
  /** Whose state it is: a region's (most services), an account's (IAM), or everybody's (S3's bucket names). */
  readonly scope: "region" | "account" | "global"
  readonly state: () => S
  readonly handlers: Readonly<Record<string, Handler<any, any, S>>>
  /** Operations that need no signature. */
  readonly unsigned?: ReadonlyArray<string>
}

/**
 * Defines a service; the SDK's module (`import type * as sdk from "@aws-sdk/client-ssm"`) is given as a type only, so that it is not loaded.
 *
 * ```ts skip-check
 * export const ssm = service<typeof sdk>()({ … })
 * ```
 */
export const service = <Module>() =>
<S>(
  definition: Omit<Service<S>, "handlers"> & { readonly handlers: Handlers<Module, S> }
): Service<S> => definition as Service<S>

const faults: Record<
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

const messages: Record<keyof (typeof faults)[Protocol], string> = {
  unknownKey: "The security token included in the request is invalid.",
  signature:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  expired: "The security token included in the request is expired",
  unsigned: "Request is missing Authentication Token",
  throttled: "Rate exceeded",
  serverFault: "We encountered an internal error. Please try again."
}

/** What a service of this protocol says in a common case. */
export const common = (protocol: Protocol, kind: keyof typeof messages): Fault => {
  const [code, statusCode, message = messages[kind]] = faults[protocol][kind]
  return new Fault({ code, statusCode, message })
}
