/**
 * A stateful AWS in memory, on which a whole program runs in a test.
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
import { type Call, Fault } from "./in-memory/Service.ts"
import { services } from "./in-memory/services.ts"
import * as World from "./in-memory/World.ts"

export { type Call, Fault, type Principal } from "./in-memory/Service.ts"
export type { Injection, JournalEntry, Outcome } from "./in-memory/World.ts"

/**
 * How the in-memory AWS is set up.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Pick<AwsClients.ClientOptions, "retry" | "aspects" | "plugins" | "clientOptions"> {
  /** The account of the program's own credentials. By default `123456789012`. */
  readonly account?: string | undefined
  /** By default `us-east-1`. */
  readonly region?: string | undefined
  /** Cuts every page to at most this many elements, so that small lists have many pages. */
  readonly pageSize?: number | undefined
  /** What ids, tokens and shares of faults are drawn from: the same seed gives the same. By default `effect-aws-sdk`. */
  readonly seed?: string | number | undefined
}

type Inject = (injection: World.Injection) => Effect.Effect<void>

/**
 * The control of the in-memory AWS: what was called, what goes wrong, and commands of one's own.
 *
 * {@link InMemory.layer} gives it together with `AwsClients`: real SDK clients, whose requests are validated,
 * serialised, signed and retried by the SDK, and answered from state where they would go on the wire. State is kept by
 * account and region, set up by the same commands as on AWS, and lives as long as the Layer. Things that take time on
 * AWS take it here too, by Effect's Clock: under `TestClock` twenty minutes are over in milliseconds.
 *
 * A command that it does not know is a defect that names the command; {@link InMemory.handle} adds one.
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
  readonly calls: Effect.Effect<ReadonlyArray<World.JournalEntry>>
  readonly inject: Inject
  readonly handle: <I extends object, O extends MetadataBearer>(
    Command: new(input: I) => CommandIO<I, O>,
    handler: (input: I, call: Call) => Effect.Effect<Omit<O, "$metadata">, Fault>
  ) => Effect.Effect<void>
}>()("effect-aws-sdk/InMemory") {
  /**
   * `AwsClients` on an AWS of its own, and its control. Every call of this function makes a new, empty AWS.
   *
   * @since 0.1.0
   */
  static readonly layer = (options: Options = {}): Layer.Layer<AwsClients | InMemory> =>
    Layer.effectContext(Effect.gen(function*() {
      const { account = "123456789012", pageSize, region = "us-east-1", seed = "effect-aws-sdk", ...rest } = options
      // The SDK reads its configuration files at the first call of a process. No test's clock waits for a disk.
      yield* Effect.promise(() => loadSharedConfigFiles())
      const world = yield* World.make({ account, pageSize, region, seed, services })
      const clients = yield* AwsClients.make({
        ...rest,
        region,
        // By a thread of Node's, which no test's clock waits for either.
        clientOptions: { disableRequestCompression: true, ...options.clientOptions },
        credentials: async () => world.credentials,
        plugins: [...(options.plugins ?? []), world.plugin]
      })
      return Context.make(AwsClients, clients).pipe(Context.add(InMemory, {
        calls: Effect.sync(() => [...world.journal]),
        inject: (injection) => Effect.sync(() => world.inject(injection)),
        handle: (Command, handler) =>
          Effect.sync(() => world.override(new Command({} as never), (input, _, call) => handler(input, call)))
      }))
    }))

  /**
   * Every call that reached AWS, each attempt of a retried one by itself, in order.
   *
   * @since 0.1.0
   */
  static readonly calls: Effect.Effect<ReadonlyArray<World.JournalEntry>, never, InMemory> = InMemory.use((_) =>
    _.calls
  )

  /**
   * Lets calls go wrong from now on: `InMemory.inject({ operation: "PutObject", nth: 2, fault: InMemory.throttled })`.
   *
   * @since 0.1.0
   */
  static readonly inject = (injection: World.Injection): Effect.Effect<void, never, InMemory> =>
    InMemory.use((_) => _.inject(injection))

  /**
   * Answers a command, in place of the handler that there is, or where there is none.
   *
   * **Example** (A role that may not be assumed)
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
    handler: (input: I, call: Call) => Effect.Effect<Omit<O, "$metadata">, Fault>
  ): Effect.Effect<void, never, InMemory> => InMemory.use((_) => _.handle(Command, handler))

  /**
   * An error that AWS answers with: for `handle` and `inject`.
   *
   * @since 0.1.0
   */
  static readonly fault = (fault: ConstructorParameters<typeof Fault>[0]): Fault => new Fault(fault)

  /** AWS asks to slow down, by the code of the service that is called. @since 0.1.0 */
  static readonly throttled: World.Injection["fault"] = { _tag: "Throttled" }

  /** AWS fails with an HTTP 500. @since 0.1.0 */
  static readonly serverFault: World.Injection["fault"] = { _tag: "ServerFault" }

  /**
   * AWS acts on the request, and its answer comes only after this long, by Effect's Clock: a program that gives up in
   * the meantime has changed AWS all the same. With `"before"` it is the request that is late: who gives up in the
   * meantime has changed nothing.
   *
   * @since 0.1.0
   */
  static readonly delay = (duration: Duration.Input, when: "before" | "after" = "after"): World.Injection["fault"] => ({
    _tag: "Delay",
    duration,
    when
  })

  /** The connection is cut, before AWS acts on the request or after it. @since 0.1.0 */
  static readonly cut = (when: "before" | "after"): World.Injection["fault"] => ({ _tag: "Cut", when })

  /**
   * The commands that the in-memory AWS answers: service → operations.
   *
   * @since 0.1.0
   */
  static readonly commands: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
    services.map((service) => [service.serviceId, Object.keys(service.handlers).sort()])
  )
}
