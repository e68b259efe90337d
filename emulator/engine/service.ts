/**
 * The parts of an in-memory service: its state, and a handler for each command.
 */
import type { CommandIO, MetadataBearer } from "@smithy/types"
import type * as Effect from "effect/Effect"
import { Fault } from "../wire/fault.ts"
import type { Request } from "../wire/http.ts"
import type { Authorization, Need } from "./authorization.ts"
import type { Action, Delivery, Emitted } from "./events.ts"

export { Fault }

/**
 * The identity that signed a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface Principal {
  /** The account. */
  readonly account: string
  /** The ARN of the user, the root user, or the session of a role. */
  readonly arn: string
  /** AWS's unique id of the identity. */
  readonly userId: string
  /** The ARN of the role whose session this is. */
  readonly roleArn?: string | undefined
  /** The id of the access key. */
  readonly accessKeyId: string
  /** The secret of the access key. */
  readonly secretAccessKey: string
  /** The token of a temporary key. */
  readonly sessionToken?: string | undefined
  /** When the credentials expire, in milliseconds on Effect's Clock. */
  readonly expiresAt?: number | undefined
  /** Whether temporary credentials were issued for a code of an MFA device. */
  readonly hasMfa?: boolean | undefined
  /** The last request that the key signed, before the one that is being answered. */
  readonly lastUsed?: LastUse | undefined
}

/**
 * The use of an access key.
 *
 * @category models
 * @since 0.1.0
 */
export interface LastUse {
  /** When it was used. */
  readonly date: Date
  /** The service, as signatures name it: `s3`. */
  readonly service: string
  /** The region that the request was signed for. */
  readonly region: string
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
 * The call that a handler answers, as any handler may see it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallContext {
  /** The account that signed the request. */
  readonly account: string
  /** The region that the request was signed for. */
  readonly region: string
  /** The partition of the region: `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string
  /**
   * Makes an ARN in the caller's partition, and by default in its region and account: `arn("ecs", "cluster/web")`. Global services
   * leave the region out: `arn("iam", "role/r", { region: "" })`.
   */
  readonly arn: (
    service: string,
    resource: string,
    where?: { readonly region?: string; readonly account?: string }
  ) => string
  /** Who signed the request. */
  readonly principal: Principal
  /** The operation, as AWS names it: `PutObject`. */
  readonly operation: string
  /** The HTTP request that the input was read from. */
  readonly request: Request
  /**
   * How long a change of state takes here if it takes this long on AWS, in milliseconds: the time on AWS, divided by the world's
   * speed. Not for expiry, which follows the Clock.
   */
  readonly takes: (millis: number) => number
  /** Makes an id of hexadecimal digits, like AWS's own: `id("vpc-", 17)` → `vpc-0f3b…`. */
  readonly id: (prefix: string, digits: number) => string
  /** Makes a UUID. */
  readonly uuid: () => string
}

/** The call that a handler of the emulator answers, and the world around it. */
export interface HandlerContext extends CallContext {
  /** The id of the request, which its answer has too. Empty if AWS acts by itself. */
  readonly requestId: string
  /** The trailing headers of a chunked body, such as checksums. Empty until the body has been read. */
  readonly trailers: () => Readonly<Record<string, string>>
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
  /** Whether policies of identities are evaluated. */
  readonly enforcesIam: boolean
  /** Whether the caller may also do something else, on which the answer depends. Always, if no policies are evaluated. */
  readonly may: (need: Need) => boolean
  /**
   * Emits an event of the service, by default in the account and the region of the context. The default bus there gets it when the
   * handler has ended.
   */
  readonly emit: (event: Emitted, where?: { readonly account?: string; readonly region?: string }) => void
  /**
   * Has AWS itself call an operation of another service, by default in the account and the region of the context, when the handler has
   * ended. The call needs no permission, and the journal doesn't have it.
   */
  readonly act: (action: Action, where?: { readonly account?: string; readonly region?: string }) => void
  /** Whether someone may get an event that is emitted there: whether EventBridge is in use. Spares the work of making an event. */
  readonly isHeard: (where?: { readonly account?: string; readonly region?: string }) => boolean
  /** Delivers something to a target outside of this AWS, by default from the account and the region of the context. */
  readonly deliver: (
    delivery: Omit<Delivery, "account" | "region" | "time">,
    where?: { readonly account?: string; readonly region?: string }
  ) => void
  /**
   * Has the service's `wake` called with this key at this time, in milliseconds, in the account and the region of the context. Replaces
   * the key's timer; without a time, cancels it. A time that has passed is due at once.
   */
  readonly wakeAt: (
    key: string,
    millis: number | undefined,
    where?: { readonly account?: string; readonly region?: string }
  ) => void
}

/** Turns a command's input into its output, or fails with a fault. */
export type Handler<I, O, S> = (
  input: I,
  state: S,
  context: HandlerContext
) => Effect.Effect<Omit<O, "$metadata">, Fault>

/** An output as a handler gives it: the bytes of a body don't have the methods that a client adds to them. */
type Given<O> = {
  [K in keyof O]: NonNullable<O[K]> extends Uint8Array & { readonly transformToString: unknown }
    ? Uint8Array | undefined
    : O[K]
}

/** The handlers for the commands of an SDK module: `{ PutParameter: … }` for `typeof import("@aws-sdk/client-ssm")`. */
export type Handlers<Module, S> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, infer O extends MetadataBearer> ?
    Handler<I, Given<O>, S> :
    never
}

/**
 * Input members that a command accepts and that change nothing here, by operation: `{ CreateCluster: ["capacityProviders"] }`, with
 * paths for members of structures (`"configuration.executeCommandConfiguration"`) and of structures in lists (`"Tags[].Value"`).
 * A call fails if it has any other member that the handler didn't read.
 */
export type WithoutEffect<Module> = {
  readonly [K in keyof Module as K extends `${infer Operation}Command` ? Operation : never]?: Module[K] extends
    abstract new(...args: any) => CommandIO<infer I extends object, any>
    ? ReadonlyArray<(keyof I & string) | `${keyof I & string}${"." | "[]"}${string}`>
    : never
}

/** A service of the in-memory AWS. */
export interface Service<S> {
  /** The service's id in the SDK's client: `SSM`. */
  readonly serviceId: string
  /** The service's namespace in the schemas of its commands: `com.amazonaws.ssm`. */
  readonly namespace: string
  /** How far a state reaches: over one region of an account (most services), an account (IAM), or all of AWS (S3). */
  readonly scope: "region" | "account" | "global"
  readonly state: () => S
  readonly handlers: Readonly<Record<string, Handler<any, any, S>>>
  readonly withoutEffect?: Readonly<Record<string, ReadonlyArray<string>>> | undefined
  /** The operations that accept unsigned requests. */
  readonly unsigned?: ReadonlyArray<string> | "all" | undefined
  /** Which permissions calls need, and what policies can ask about the service's resources. */
  readonly authorization?: Authorization<S> | undefined
  /**
   * Does what is due for a key of `context.wakeAt`. Effect's Clock shows the time that the key was due, and `now` is the world's time,
   * which may be much later: nothing had asked since.
   */
  readonly wake?: ((key: string, state: S, context: HandlerContext, now: number) => Effect.Effect<void>) | undefined
  /** Sets the timers for what is to be told, once somebody may hear of it: EventBridge has just come into use in this place. */
  readonly heard?: ((state: S, context: HandlerContext, now: number) => void) | undefined
  /** Takes an event that a service has emitted in this place. Only EventBridge does. */
  readonly accept?: ((event: Emitted, state: S, context: HandlerContext) => Effect.Effect<void>) | undefined
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
  definition: Omit<Service<S>, "handlers" | "withoutEffect"> & {
    readonly handlers: Handlers<Module, S>
    readonly withoutEffect?: WithoutEffect<Module> | undefined
  }
): Service<S> => definition as Service<S>

/** The operations that have a handler, by the id of their service: `{ S3: ["GetObject", …] }`. */
export const operationsOf = (
  services: ReadonlyArray<Service<any>>
): Readonly<Record<string, ReadonlyArray<string>>> =>
  Object.fromEntries(services.map(({ handlers, serviceId }) => [serviceId, Object.keys(handlers).sort()]))
