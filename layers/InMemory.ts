/**
 * A stateful, in-memory AWS: tests run whole programs on it.
 *
 * @since 0.1.0
 */
import { loadSharedConfigFiles } from "@smithy/core/config"
import type { CommandIO, MetadataBearer } from "@smithy/types"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AwsClients } from "../src/AwsClients.ts"
import * as Service from "./in-memory/Service.ts"
import { services } from "./in-memory/services.ts"
import * as World from "./in-memory/World.ts"

type Inject = (injection: InMemory.Injection) => Effect.Effect<void>

/**
 * Controls the in-memory AWS: lists calls, injects faults, and adds or replaces handlers for commands.
 *
 * {@link InMemory.layer} provides it together with `AwsClients`. These are real SDK clients: the SDK validates,
 * serializes, signs and retries their requests, and the in-memory AWS answers them from its state before they reach the
 * network. Each account and region has state of its own. A program sets it up with the same commands as on AWS, and it
 * lasts as long as the Layer. Whatever takes time on AWS takes the same time here, on Effect's Clock: under `TestClock`,
 * twenty minutes pass in milliseconds.
 *
 * A command without a handler dies with a defect that names the command; {@link InMemory.handle} adds a handler.
 *
 * **Example** (A program in a test)
 *
 * ```ts
 * import { assert, it } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { InMemory, Ssm } from "effect-aws-sdk"
 *
 * it.effect("remembers", () =>
 *   Effect.gen(function*() {
 *     yield* Ssm.putParameter({ name: "/app/state", value: "ready" })
 *     const parameter = yield* Ssm.getParameter("/app/state")
 *     assert.strictEqual(parameter.value, "ready")
 *     assert.lengthOf(yield* InMemory.calls, 2)
 *   }).pipe(Effect.provide(InMemory.layer())))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class InMemory extends Context.Service<InMemory, {
  readonly calls: Effect.Effect<ReadonlyArray<InMemory.JournalEntry>>
  readonly inject: Inject
  readonly handle: <I extends object, O extends MetadataBearer>(
    Command: new(input: I) => CommandIO<I, O>,
    handler: (input: I, context: InMemory.HandlerContext) => Effect.Effect<Omit<O, "$metadata">, InMemory.Fault>
  ) => Effect.Effect<void>
}>()("effect-aws-sdk/InMemory") {
  /**
   * `AwsClients` for a new, empty in-memory AWS, and the service that controls it. Each call creates another AWS.
   *
   * @since 0.1.0
   */
  static readonly layer = (options: InMemory.Options = {}): Layer.Layer<AwsClients | InMemory> =>
    Layer.effectContext(Effect.gen(function*() {
      const { account = "123456789012", pageSize, region = "us-east-1", seed = "effect-aws-sdk", ...rest } = options
      // The SDK reads its configuration files during the first call of a process. A TestClock wouldn't wait for the disk.
      yield* Effect.promise(() => loadSharedConfigFiles())
      const world = yield* World.make({ account, pageSize, region, seed, services })
      const clients = yield* AwsClients.make({
        ...rest,
        region,
        // Compression runs in Node's thread pool, and a TestClock wouldn't wait for that either.
        clientOptions: { disableRequestCompression: true, ...options.clientOptions },
        credentials: async () => world.credentials,
        plugins: [...(options.plugins ?? []), world.plugin]
        // It has no endpoint that could be wrong.
      }).pipe(Effect.orDie)
      return Context.make(AwsClients, clients).pipe(Context.add(InMemory, {
        calls: Effect.sync(() => [...world.journal]),
        inject: (injection) => Effect.sync(() => world.inject(injection)),
        handle: (Command, handler) =>
          Effect.sync(() => world.override(new Command({} as never), (input, _, context) => handler(input, context)))
      }))
    }))

  /**
   * Every call that reached AWS, in order. Each attempt of a retried call is an entry of its own.
   *
   * @since 0.1.0
   */
  static readonly calls: Effect.Effect<ReadonlyArray<InMemory.JournalEntry>, never, InMemory> = InMemory.use((_) =>
    _.calls
  )

  /**
   * Makes matching calls go wrong from now on:
   * `InMemory.inject({ operation: "PutObject", nth: 2, fault: InMemory.throttled })`.
   *
   * @since 0.1.0
   */
  static readonly inject = (injection: InMemory.Injection): Effect.Effect<void, never, InMemory> =>
    InMemory.use((_) => _.inject(injection))

  /**
   * Handles a command: adds a handler for it, or replaces the one that it has.
   *
   * **Example** (A role that can't be assumed)
   *
   * ```ts
   * import { AssumeRoleCommand } from "@aws-sdk/client-sts"
   * import { Effect } from "effect"
   * import { InMemory } from "effect-aws-sdk"
   *
   * const denied = InMemory.handle(AssumeRoleCommand, () =>
   *   Effect.fail(InMemory.fault({ code: "AccessDenied", message: "Not you", statusCode: 403 })))
   * ```
   *
   * @since 0.1.0
   */
  static readonly handle = <I extends object, O extends MetadataBearer>(
    Command: new(input: I) => CommandIO<I, O>,
    handler: (input: I, context: InMemory.HandlerContext) => Effect.Effect<Omit<O, "$metadata">, InMemory.Fault>
  ): Effect.Effect<void, never, InMemory> => InMemory.use((_) => _.handle(Command, handler))

  /**
   * An error response from AWS, for `handle` and `inject`.
   *
   * @since 0.1.0
   */
  static readonly fault = (fault: ConstructorParameters<typeof Service.Fault>[0]): InMemory.Fault =>
    new Service.Fault(fault)

  /** AWS throttles the call, with the error code that the called service uses. @since 0.1.0 */
  static readonly throttled: InMemory.Injection["fault"] = { _tag: "Throttled" }

  /** AWS fails with HTTP status 500. @since 0.1.0 */
  static readonly serverFault: InMemory.Injection["fault"] = { _tag: "ServerFault" }

  /**
   * Delays a call by this long, on Effect's Clock.
   *
   * - `"after"`, the default, delays the response: AWS acts at once, so a program that gives up while it waits has
   *   still changed AWS.
   * - `"before"` delays the request: a program that gives up while it waits has changed nothing.
   *
   * @since 0.1.0
   */
  static readonly delay = (
    duration: Duration.Input,
    when: "before" | "after" = "after"
  ): InMemory.Injection["fault"] => ({
    _tag: "Delay",
    duration,
    when
  })

  /** Drops the connection, before or after AWS acts on the request. @since 0.1.0 */
  static readonly cut = (when: "before" | "after"): InMemory.Injection["fault"] => ({ _tag: "Cut", when })

  /**
   * The operations that the in-memory AWS handles, by service.
   *
   * @since 0.1.0
   */
  static readonly commands: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
    services.map((service) => [service.serviceId, Object.keys(service.handlers).sort()])
  )
}

export declare namespace InMemory {
  /**
   * Options of the in-memory AWS.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Options extends Pick<AwsClients.ClientOptions, "retry" | "aspects" | "plugins" | "clientOptions"> {
    /** The account of the program's own credentials. By default `123456789012`. */
    readonly account?: string | undefined
    /** The program's own region. By default `us-east-1`. */
    readonly region?: string | undefined
    /** Limits every page to this many elements, so that even short lists have several pages. */
    readonly pageSize?: number | undefined
    /**
     * Seeds the random ids, tokens and fault shares: the same seed makes the same ones. By default `effect-aws-sdk`.
     */
    readonly seed?: string | number | undefined
  }

  /** An error response from AWS. */
  export type Fault = Service.Fault
  /** What a handler knows about the call and the world. */
  export type HandlerContext = Service.HandlerContext
  /** Who signed a request. */
  export type Principal = Service.Principal
  /** One attempt of a call that reached the in-memory AWS. */
  export type JournalEntry = World.JournalEntry
  /** How a call ended. */
  export type Outcome = World.Outcome
  /** What goes wrong, and when. */
  export type Injection = World.Injection
}
