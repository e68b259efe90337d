/**
 * A stateful, in-memory AWS: tests run whole programs on it.
 *
 * @since 0.1.0
 */
import { loadSharedConfigFiles } from "@smithy/core/config"
import type { CommandIO, MetadataBearer } from "@smithy/types"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Denials from "../emulator/authorization/denials.ts"
import { makeGuard } from "../emulator/authorization/guard.ts"
import * as Least from "../emulator/authorization/policyOf.ts"
import { adjustable } from "../emulator/engine/clock.ts"
import type * as Events from "../emulator/engine/events.ts"
import type * as Injections from "../emulator/engine/injections.ts"
import type * as Journal from "../emulator/engine/journal.ts"
import { namesOf, problemWith } from "../emulator/engine/names.ts"
import * as Service from "../emulator/engine/service.ts"
import * as VirtualTime from "../emulator/engine/virtualTime.ts"
import * as World from "../emulator/engine/world.ts"
import type * as ServeErrors from "../emulator/server/serveError.ts"
import { serve } from "../emulator/server/server.ts"
import type * as Serving from "../emulator/server/server.ts"
import { worldOf } from "../emulator/server/world.ts"
import { services } from "../emulator/services.ts"
import type * as Http from "../emulator/wire/http.ts"
import { isOperationSchema } from "../emulator/wire/sdk.ts"
import type { Aspect } from "../src/Aspect.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as Credentials from "../src/internal/credentials.ts"
import { Defect } from "../src/internal/defect.ts"
import * as Deliveries from "./internal/deliveries.ts"
import { Emulated } from "./internal/emulated.ts"

/** Identifies a command by its schema, whatever its class is called: `com.amazonaws.ssm#GetParameter`. */
const shapeIdOf = (Command: new(input: never) => object): string => {
  const command = new Command({} as never) as { readonly schema?: unknown; readonly clientCommand?: object }
  if (isOperationSchema(command.schema)) return `${command.schema[1]}#${command.schema[2]}`
  const own = command.clientCommand?.constructor.name
  throw new Defect(
    own === undefined
      ? `InMemory.handle can't handle ${Command.name}: it isn't a command of an AWS SDK client that is built on schemas.`
      : `InMemory.handle(${Command.name}, …): handle the command that is sent, ${own}, and answer in its types.`
  )
}

/** What is wrong with the options, if anything. */
const problemWithOptions = (options: InMemory.Options): string | undefined => {
  const { account, enforceIam, journal, pageSize, speed, virtualTime } = options
  const isWhole = (number: number, least: number) => Number.isInteger(number) && number >= least
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    return `account has to have 12 digits, and "${account}" hasn't`
  }
  if (enforceIam !== undefined && typeof enforceIam !== "boolean") {
    return `enforceIam has to be true or false, and ${JSON.stringify(enforceIam)} isn't`
  }
  if (virtualTime !== undefined && typeof virtualTime !== "boolean") {
    return `virtualTime has to be true or false, and ${JSON.stringify(virtualTime)} isn't`
  }
  if (journal !== undefined && !isWhole(journal, 0)) {
    return `journal has to be a whole number from 0, and ${journal} isn't`
  }
  if (pageSize !== undefined && !isWhole(pageSize, 1)) {
    return `pageSize has to be a whole number from 1, and ${pageSize} isn't`
  }
  return speed !== undefined && !(speed > 0 && Number.isFinite(speed))
    ? `speed has to be a number above 0, and ${speed} isn't`
    : undefined
}

const day = 86_400_000

const farFromNow = (millis: number): string =>
  `The in-memory AWS serves at the time of the program's Clock, ${
    new Date(millis).toISOString()
  }. To other programs, ` +
  "sessions of that time have expired. In a test, use it.live, or set the time first: TestClock.setTime(Date.now())."

const notEnforced = "InMemory.denied: nothing is refused, because policies of identities aren't evaluated. " +
  "Use InMemory.layer({ enforceIam: true })."

const twoClocks =
  "InMemory.virtualTime has to be around InMemory.layer(), or time passes for the program and not for AWS. " +
  "Use InMemory.layer({ virtualTime: true }), or merge it below all other Layers: Layer.provideMerge(InMemory.virtualTime)."

/** Dies if time passes by itself for the program, and not for the in-memory AWS. */
const onClockOf = (clock: Clock.Clock): Aspect => (send) => (call) =>
  VirtualTime.isVirtual(clock) ? send(call) : Effect.flatMap(
    Clock.Clock,
    (own) => VirtualTime.isVirtual(own) ? Effect.die(new Defect(twoClocks)) : send(call)
  )

type Inject = (injection: InMemory.Injection) => Effect.Effect<void>

/**
 * Controls the in-memory AWS: lists calls, injects faults, and adds or replaces handlers for commands.
 *
 * {@link InMemory.layer} provides it together with `AwsClients`. These are real SDK clients: the SDK validates,
 * serializes, signs and retries their requests, and the in-memory AWS answers them from its state before they reach the
 * network. Each account and region has its own state. A program sets it up with the same commands as on AWS, and it
 * lasts as long as the Layer. Whatever takes time on AWS takes the same time here, on Effect's Clock: under `TestClock`,
 * twenty minutes pass in milliseconds.
 *
 * {@link InMemory.serve} gives other programs access to the same AWS, by HTTP.
 *
 * A command without a handler dies with a defect that names the command; {@link InMemory.handle} adds a handler. So does a
 * command with an input member that the in-memory AWS doesn't support.
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
  readonly delivered: Effect.Effect<ReadonlyArray<InMemory.Delivery>>
  readonly onDelivery: <A, E, R>(
    target: string | ((delivery: InMemory.Delivery) => boolean),
    handler: InMemory.DeliveryHandler<A, E, R>,
    options?: InMemory.DeliveryOptions
  ) => Effect.Effect<void, never, R | Scope.Scope>
  readonly settled: Effect.Effect<void>
  readonly denied: Effect.Effect<ReadonlyArray<InMemory.Denial>>
  readonly policyOf: (calls: ReadonlyArray<InMemory.JournalEntry>) => Effect.Effect<InMemory.LeastPolicy>
  readonly inject: Inject
  readonly handle: <I extends object, O extends MetadataBearer>(
    Command: new(input: I) => CommandIO<I, O>,
    handler: (input: I, context: InMemory.HandlerContext) => Effect.Effect<Omit<O, "$metadata">, InMemory.Fault>
  ) => Effect.Effect<void>
  readonly serve: (
    options?: InMemory.ServeOptions
  ) => Effect.Effect<InMemory.Server, InMemory.ServeError, Scope.Scope>
}>()("effect-aws-sdk/InMemory") {
  /**
   * `AwsClients` for a new, empty in-memory AWS, and the service that controls it. Each call creates another AWS, and so does each
   * build of the Layer.
   *
   * - `account`, `region`: those of the program's own credentials: `123456789012` and `us-east-1` by default.
   * - `enforceIam`: whether policies are evaluated; `false` by default.
   * - `pageSize`: the most elements of a page. By default AWS's own sizes.
   * - `journal`: how many calls are kept; 10,000 by default.
   * - `virtualTime`: whether the program runs on {@link InMemory.virtualTime}, a Clock that moves by itself; `false` by default.
   * - `speed`: how many times faster than AWS resources change; 1 by default.
   * - `seed`: what random ids are made of. The same seed makes the same ids.
   * - `retry`, `aspects`, `plugins`, `clientOptions`: as for any Layer; see {@link AwsClients.ClientOptions}.
   *
   * The Layer has no errors. It dies if an option is out of range.
   *
   * **Example** (Each page has two elements at most, and no retry waits)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Effect, Schedule, Stream } from "effect"
   * import { InMemory, Ssm } from "effect-aws-sdk"
   *
   * const layer = InMemory.layer({ pageSize: 2, retry: Schedule.recurs(2) })
   *
   * it.effect("reads all pages", () =>
   *   Effect.gen(function*() {
   *     for (const name of ["/app/a", "/app/b", "/app/c"]) yield* Ssm.putParameter({ name, value: "1" })
   *     assert.lengthOf(yield* Stream.runCollect(Ssm.listParameterNamesByPath("/app")), 3)
   *   }).pipe(Effect.provide(layer)))
   * ```
   *
   * @category layers
   * @since 0.1.0
   */
  static readonly layer = (options: InMemory.Options = {}): Layer.Layer<AwsClients | InMemory> => {
    const layer = makeLayer(options)
    return options.virtualTime === true ? Layer.provideMerge(layer, VirtualTime.layer) : layer
  }

  /**
   * A Clock that moves by itself: when a program has nothing left to do but to wait, it moves to the end of the next sleep. A program
   * that waits for hours ends at once, with the same result. A test neither forks it nor adjusts a `TestClock`. `InMemory.layer` provides
   * it with the option `virtualTime`. Otherwise, it has to be below all Layers that wait, the in-memory AWS included:
   * `layers.pipe(Layer.provideMerge(InMemory.virtualTime))`. In another order, calls die, and say so.
   *
   * The Clock starts at the time of the Clock around it: in 1970 under `TestClock`, and now otherwise. Under it, `TestClock.adjust` and
   * `TestClock.setTime` wait, as `Effect.sleep` does, and return after all else that happens until then. They can't go back.
   *
   * The Clock stands still while a fiber works, or the in-memory AWS answers a call. On Node, it also waits for files,
   * cryptography and compression. It can't see other work: on the network, in another thread or process, behind a timer that isn't
   * Effect's, a folder that `fs.cp` copies, or WebAssembly that is compiled. Meanwhile, it moves on, and timeouts end. A read that never
   * ends, as that of a FIFO, holds it up. Use `TestClock` or the real Clock for such a program.
   *
   * **Example** (Waiting for twenty minutes, and for two retries)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Clock, Effect } from "effect"
   * import { InMemory, Ssm } from "effect-aws-sdk"
   *
   * it.effect("reads the setting after a while", () =>
   *   Effect.gen(function*() {
   *     yield* Ssm.putParameter({ name: "/app/limit", value: "3" })
   *     yield* InMemory.inject({ operation: "GetParameter", fault: InMemory.throttled, times: 2 })
   *     yield* Effect.sleep("20 minutes")
   *     assert.strictEqual((yield* Ssm.getParameter("/app/limit")).value, "3")
   *     assert.isAbove(yield* Clock.currentTimeMillis, 20 * 60_000)
   *   }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))
   * ```
   *
   * @category layers
   * @since 0.1.0
   */
  static readonly virtualTime: Layer.Layer<never> = Layer.unwrap(
    Effect.map(
      Effect.all([Clock.Clock, Effect.serviceOption(InMemory)]),
      ([clock, inside]) =>
        Option.isSome(inside) && !VirtualTime.isVirtual(clock)
          ? Layer.effectDiscard(Effect.die(new Defect(twoClocks)))
          : VirtualTime.layer
    )
  )

  /**
   * The calls that reached AWS, the oldest first. Each attempt of a retried call has its own entry. The journal keeps the newest
   * 10,000 calls, or as many as the option `journal` says, and no more than about 32 MB of them. It doesn't keep the content of
   * objects.
   *
   * **Requires** `InMemory`.
   *
   * **Example** (A program that only reads)
   *
   * ```ts
   * import { assert } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { type AwsClients, InMemory } from "effect-aws-sdk"
   *
   * const onlyReads = <E>(program: Effect.Effect<void, E, AwsClients>) =>
   *   Effect.gen(function*() {
   *     yield* program
   *     const writes = (yield* InMemory.calls).filter(({ operation }) => !/^(Get|List|Describe|Head)/.test(operation))
   *     assert.deepStrictEqual(writes.map(({ operation, service }) => `${service}.${operation}`), [])
   *   })
   * ```
   *
   * @category calls
   * @since 0.1.0
   */
  static readonly calls: Effect.Effect<ReadonlyArray<InMemory.JournalEntry>, never, InMemory> = InMemory.use((_) =>
    _.calls
  )

  /**
   * What AWS delivered to targets outside of it: the events that rules sent to functions and queues, for example. The oldest comes
   * first. Does first what is due by Effect's Clock, such as schedules. Keeps as many as {@link InMemory.calls}.
   *
   * **Requires** `InMemory`.
   *
   * **Example** (What a queue gets)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { InMemory } from "effect-aws-sdk"
   *
   * const messages = Effect.map(InMemory.delivered, (all) =>
   *   all.filter(({ target }) => target === "arn:aws:sqs:us-east-1:123456789012:orders").map(({ input }) => input))
   * ```
   *
   * @category deliveries
   * @since 0.1.0
   */
  static readonly delivered: Effect.Effect<ReadonlyArray<InMemory.Delivery>, never, InMemory> = InMemory.use((_) =>
    _.delivered
  )

  /**
   * Runs an Effect for each delivery to a target from now on, until the scope closes: as Lambda runs a function for an event.
   *
   * The target is an ARN, or a function that selects deliveries. The Effect gets what the target receives, and the delivery. It runs in
   * a fiber of its own, with the services of the caller. A handler of `Lambda.handler` runs, too. If a delivery has several handlers, all
   * of them run.
   *
   * If the Effect fails or dies, it runs again after one minute, and once more after another two, on the Clock of the caller. After
   * that, the event goes to a dead-letter queue, or is lost, and an error is logged. The test itself doesn't fail, and `it.effect` shows no
   * logs: assert what the handler should have done, or that {@link InMemory.delivered} has nothing for the dead-letter queue. For a
   * function, it's the queue in `deadLetterQueue`, which is Lambda's own: to EventBridge, a delivery to a function has succeeded once
   * Lambda has the event. For any other target, it's the queue of the rule's target.
   *
   * While anyone waits for deliveries, what is due, such as schedules, happens by itself as the Clock moves. Otherwise, it happens
   * before the next call.
   *
   * Dies if the target is a string and no ARN.
   *
   * **Requires** `InMemory`, `Scope`, and what the Effect requires.
   *
   * **Example** (A function behind a rule)
   *
   * ```ts
   * import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
   * import { Console, Effect } from "effect"
   * import { EventBridge, InMemory } from "effect-aws-sdk"
   *
   * const Arn = "arn:aws:lambda:us-east-1:123456789012:function:clean"
   *
   * const nightly = Effect.gen(function*() {
   *   yield* InMemory.onDelivery(Arn, (event: { time: string }) => Console.log(`Cleaning up at ${event.time}`))
   *   yield* EventBridge.send(new PutRuleCommand({ Name: "nightly", ScheduleExpression: "cron(0 2 * * ? *)" }))
   *   yield* EventBridge.send(new PutTargetsCommand({ Rule: "nightly", Targets: [{ Id: "clean", Arn }] }))
   * })
   * ```
   *
   * @category deliveries
   * @since 0.1.0
   */
  static readonly onDelivery = <A, E, R>(
    target: string | ((delivery: InMemory.Delivery) => boolean),
    handler: InMemory.DeliveryHandler<A, E, R>,
    options?: InMemory.DeliveryOptions
  ): Effect.Effect<void, never, InMemory | R | Scope.Scope> =>
    InMemory.use((_) => _.onDelivery(target, handler, options))

  /**
   * Waits until nothing is due and no Effect of {@link InMemory.onDelivery} runs. Doesn't wait for one that failed and runs again
   * later. Dies after 10,000 runs of handlers that cause one another.
   *
   * **Requires** `InMemory`.
   *
   * **Example** (After the handlers of a program)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { type AwsClients, InMemory } from "effect-aws-sdk"
   *
   * const callsOf = <E>(program: Effect.Effect<void, E, AwsClients>) =>
   *   program.pipe(Effect.andThen(InMemory.settled), Effect.andThen(InMemory.calls))
   * ```
   *
   * @category deliveries
   * @since 0.1.0
   */
  static readonly settled: Effect.Effect<void, never, InMemory> = InMemory.use((_) => _.settled)

  /**
   * The calls that AWS refused because of policies, the oldest first. Keeps as many as {@link InMemory.calls}. Dies
   * without the option `enforceIam`, as then nothing is refused because of policies.
   *
   * Each says who called, and which `action` on which `resource` wasn't allowed. If a statement denies it (`why: "explicit deny"`),
   * `statement` is that one. If no policy allows it (`why: "no policy allows"`), `policies` are those that were looked at.
   *
   * **Requires** `InMemory`, of a Layer with `InMemory.layer({ enforceIam: true })`.
   *
   * **Example** (A role that has the permissions of a program)
   *
   * ```ts
   * import { assert } from "@effect/vitest"
   * import { Effect, type Layer } from "effect"
   * import { type AwsClients, InMemory } from "effect-aws-sdk"
   *
   * const isPermitted = <E>(program: Effect.Effect<void, E, AwsClients>, role: Layer.Layer<AwsClients, E, AwsClients>) =>
   *   Effect.gen(function*() {
   *     yield* Effect.provide(program, role)
   *     assert.deepStrictEqual(yield* InMemory.denied, [])
   *   })
   * ```
   *
   * @category permissions
   * @since 0.1.0
   */
  static readonly denied: Effect.Effect<ReadonlyArray<InMemory.Denial>, never, InMemory> = InMemory.use((_) => _.denied)

  /**
   * The least policy that allows these calls: each action that they need, on the resources that they use. A call that was refused
   * counts, too. The policy has no statements if the calls need no permissions; IAM doesn't take such a policy.
   *
   * **Requires** `InMemory`.
   *
   * **Example** (The policy of a program)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { InMemory, Ssm } from "effect-aws-sdk"
   *
   * const policy = Effect.gen(function*() {
   *   yield* Ssm.putParameter({ name: "/app/state", value: "ready" })
   *   return JSON.stringify(yield* InMemory.policyOf(yield* InMemory.calls), undefined, 2)
   * }).pipe(Effect.provide(InMemory.layer()))
   * ```
   *
   * @category permissions
   * @since 0.1.0
   */
  static readonly policyOf = (
    calls: ReadonlyArray<InMemory.JournalEntry>
  ): Effect.Effect<InMemory.LeastPolicy, never, InMemory> => InMemory.use((_) => _.policyOf(calls))

  /**
   * Makes matching calls go wrong from now on, for as long as the Layer is open.
   *
   * - `service`, `operation`, `account`, `region`: which calls. By default all.
   * - `nth`: only the nth call that matches, from 1. `times`: only the first ones. `share`: only this share of them, at random. Each
   *   attempt of a retried call counts.
   * - `fault`: {@link InMemory.throttled}, {@link InMemory.serverFault}, or what {@link InMemory.delay}, {@link InMemory.cut} or
   *   {@link InMemory.fault} returns.
   *
   * Dies if the injection names no service or operation that the in-memory AWS has, or if a member is unknown or out of range.
   *
   * **Requires** `InMemory`.
   *
   * **Example** (The second object can't be written)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { InMemory, S3 } from "effect-aws-sdk"
   *
   * it.effect("says which object is missing", () =>
   *   Effect.gen(function*() {
   *     yield* S3.createBucket("reports")
   *     yield* InMemory.inject({
   *       operation: "PutObject",
   *       nth: 2,
   *       fault: InMemory.fault({ code: "AccessDenied", message: "Not you", statusCode: 403 })
   *     })
   *     yield* S3.putObject({ bucket: "reports", key: "1", body: "one" })
   *     const error = yield* Effect.flip(S3.putObject({ bucket: "reports", key: "2", body: "two" }))
   *     assert.strictEqual(error._tag, "BucketAccessDenied")
   *   }).pipe(Effect.provide(InMemory.layer())))
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly inject = (injection: InMemory.Injection): Effect.Effect<void, never, InMemory> =>
    InMemory.use((_) => _.inject(injection))

  /**
   * Handles a command: adds a handler for it, or replaces the one that it has.
   *
   * - `Command`: the class of the command.
   * - `handler`: makes the output from the input, or fails with {@link InMemory.fault}. Its second argument says who calls, in which
   *   account and region.
   *
   * Dies if the command isn't one of a client that is built on schemas.
   *
   * **Requires** `InMemory`.
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
   * @category calls
   * @since 0.1.0
   */
  static readonly handle = <I extends object, O extends MetadataBearer>(
    Command: new(input: I) => CommandIO<I, O>,
    handler: (input: I, context: InMemory.HandlerContext) => Effect.Effect<Omit<O, "$metadata">, InMemory.Fault>
  ): Effect.Effect<void, never, InMemory> => InMemory.use((_) => _.handle(Command, handler))

  /**
   * Serves the same in-memory AWS on a local port until the scope closes: for the AWS CLI, boto3, a browser, or any other client.
   *
   * - `port`: by default 0, any free port.
   * - `host`: the address to listen on. By default `127.0.0.1`, which other machines can't reach.
   * - `strict`: accepts only access keys that this AWS has issued, and signatures of its own time; `false` by default.
   *
   * Point clients to the URL, for example with the environment variable `AWS_ENDPOINT_URL`. Any access key is accepted, unless
   * `strict` is set; a key ID of 12 digits acts in the account with that number, any other unknown key in the Layer's own account.
   *
   * **Errors**: `ServeError` if the server can't listen on the port, for example because it's in use.
   *
   * **Requires** `InMemory` and `Scope`.
   *
   * **Example** (A presigned URL)
   *
   * ```ts
   * import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3"
   * import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
   * import { Effect } from "effect"
   * import { InMemory } from "effect-aws-sdk"
   *
   * const program = Effect.gen(function*() {
   *   const { url } = yield* InMemory.serve()
   *   const client = new S3Client({
   *     endpoint: url,
   *     forcePathStyle: true,
   *     region: "us-east-1",
   *     credentials: { accessKeyId: "any", secretAccessKey: "key" }
   *   })
   *   return yield* Effect.promise(() => getSignedUrl(client, new GetObjectCommand({ Bucket: "b", Key: "k" })))
   * }).pipe(Effect.scoped, Effect.provide(InMemory.layer()))
   * ```
   *
   * @category serving
   * @since 0.1.0
   */
  static readonly serve = (
    options?: InMemory.ServeOptions
  ): Effect.Effect<InMemory.Server, InMemory.ServeError, InMemory | Scope.Scope> =>
    InMemory.use((_) => _.serve(options))

  /**
   * An error response from AWS, for {@link InMemory.handle} and {@link InMemory.inject}.
   *
   * - `code`: AWS's code of the error, such as `NoSuchBucket`.
   * - `message`: AWS's message.
   * - `statusCode`: the HTTP status. By default that of the error in the SDK's model, or else 400.
   * - `members`, `headers`: further members of the error, and headers of the response.
   *
   * **Example** (An error that the in-memory AWS has no reason for)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { InMemory } from "effect-aws-sdk"
   *
   * const noCapacity = InMemory.inject({
   *   service: "EC2",
   *   operation: "RunInstances",
   *   fault: InMemory.fault({ code: "InsufficientInstanceCapacity", message: "Try another zone.", statusCode: 500 })
   * })
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly fault = (fault: ConstructorParameters<typeof Service.Fault>[0]): InMemory.Fault =>
    new Service.Fault(fault)

  /**
   * AWS throttles the call, with the error code that the called service uses. For {@link InMemory.inject}.
   *
   * **Example** (Throttled twice, then done by a retry)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Effect, Schedule } from "effect"
   * import { InMemory, Ssm } from "effect-aws-sdk"
   *
   * it.effect("retries what AWS throttles", () =>
   *   Effect.gen(function*() {
   *     yield* InMemory.inject({ service: "SSM", times: 2, fault: InMemory.throttled })
   *     yield* Ssm.putParameter({ name: "/app/state", value: "ready" })
   *     assert.lengthOf(yield* InMemory.calls, 3)
   *   }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly throttled: InMemory.InjectedFault = { _tag: "Throttled" }

  /**
   * AWS fails with HTTP status 500, and hasn't acted. For {@link InMemory.inject}.
   *
   * **Example** (A region that is down)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { AwsClients, InMemory, S3 } from "effect-aws-sdk"
   *
   * const status = Effect.gen(function*() {
   *   yield* InMemory.inject({ region: "eu-west-1", fault: InMemory.serverFault })
   *   return yield* S3.getBucketStatus("replica").pipe(
   *     Effect.provide(AwsClients.inRegion("eu-west-1")),
   *     Effect.catchReason("AwsError", "ServerFault", () => Effect.succeed("down" as const))
   *   )
   * })
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly serverFault: InMemory.InjectedFault = { _tag: "ServerFault" }

  /**
   * Delays a call by this long, on Effect's Clock. For {@link InMemory.inject}.
   *
   * - `"after"`, the default, delays the response: AWS acts at once, so a program that gives up while it waits has
   *   still changed AWS.
   * - `"before"` delays the request: a program that gives up while it waits has changed nothing.
   *
   * **Example** (A program that gives up on a slow call)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { InMemory, S3 } from "effect-aws-sdk"
   *
   * it.effect("gives up after a second", () =>
   *   Effect.gen(function*() {
   *     yield* InMemory.inject({ operation: "HeadBucket", fault: InMemory.delay("1 minute", "before") })
   *     const error = yield* Effect.flip(Effect.timeout(S3.getBucketStatus("b"), "1 second"))
   *     assert.strictEqual(error._tag, "TimeoutError")
   *   }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly delay = (
    duration: Duration.Input,
    when: "before" | "after" = "after"
  ): InMemory.InjectedFault => ({
    _tag: "Delay",
    duration,
    when
  })

  /**
   * Drops the connection, before or after AWS acts on the request. For {@link InMemory.inject}. The call fails with the reason
   * `Unreachable`, and doesn't know what AWS has done.
   *
   * **Example** (A change whose response is lost)
   *
   * ```ts
   * import { assert, it } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { AwsError, InMemory, Retry, Ssm } from "effect-aws-sdk"
   *
   * it.effect("may have changed the parameter", () =>
   *   Effect.gen(function*() {
   *     yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.cut("after") })
   *     const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/state", value: "ready" }))
   *     assert.isTrue(AwsError.isAwsError(error) && error.mayHaveSucceeded)
   *     assert.strictEqual((yield* Ssm.getParameter("/app/state")).value, "ready")
   *   }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
   * ```
   *
   * @category faults
   * @since 0.1.0
   */
  static readonly cut = (when: "before" | "after"): InMemory.InjectedFault => ({ _tag: "Cut", when })

  /**
   * The operations that the in-memory AWS handles, by the id of the service in the SDK: `S3`, `Secrets Manager`. `docs/commands.md`
   * says what each of them does.
   *
   * **Example** (Whether a test can use an operation)
   *
   * ```ts
   * import { InMemory } from "effect-aws-sdk"
   *
   * const isHandled = (service: string, operation: string) => InMemory.commands[service]?.includes(operation) ?? false
   *
   * isHandled("SSM", "GetParameter") // true
   * ```
   *
   * @category calls
   * @since 0.1.0
   */
  static readonly commands: Readonly<Record<string, ReadonlyArray<string>>> = Service.operationsOf(services)
}

/** The Layer, on the Clock that it finds. */
const makeLayer = (options: InMemory.Options): Layer.Layer<AwsClients | InMemory> =>
  Layer.effectContext(Effect.gen(function*() {
    const problem = problemWithOptions(options)
    if (problem !== undefined) return yield* Effect.die(new Defect(`InMemory.layer: ${problem}.`))
    const {
      account = "123456789012",
      enforceIam = false,
      journal = 10_000,
      pageSize,
      region = "us-east-1",
      seed = "effect-aws-sdk",
      speed = 1,
      virtualTime: _,
      ...rest
    } = options
    // The SDK reads its configuration files during the first call of a process. A TestClock wouldn't wait for the disk.
    yield* Effect.promise(() => loadSharedConfigFiles())
    const guard = enforceIam ? makeGuard(services, journal) : undefined
    const world = World.make({
      account,
      journal,
      pageSize,
      region,
      seed,
      services,
      speed,
      guard: guard && (() => guard)
    })
    const own = yield* Clock.Clock
    const clock = adjustable(own)
    const context = Context.add(yield* Effect.context<never>(), Clock.Clock, clock)
    const clients = yield* AwsClients.make({
      ...rest,
      region,
      // Compression runs in Node's thread pool, and a TestClock wouldn't wait for that either.
      clientOptions: { disableRequestCompression: true, ...options.clientOptions },
      credentials: Credentials.constant(async () => world.credentials),
      aspects: [onClockOf(own), ...(options.aspects ?? [])],
      requestHandler: new Emulated(world, context)
      // It has no endpoint that could be wrong.
    }).pipe(Effect.orDie)
    return Context.make(AwsClients, clients).pipe(Context.add(InMemory, {
      calls: Effect.sync(world.calls),
      delivered: Effect.provideService(world.delivered, Clock.Clock, clock),
      ...Deliveries.make(world, clock),
      denied: Effect.suspend(() =>
        guard === undefined ? Effect.die(new Defect(notEnforced)) : Effect.sync(guard.denied)
      ),
      policyOf: (calls) =>
        Effect.sync(() =>
          Least.policyOf(calls, {
            services,
            stateOf: world.stateOf,
            neededBy: (requestId) => guard?.neededBy(requestId),
            askedBy: world.askedBy
          })
        ),
      inject: (injection) =>
        Effect.suspend(() => {
          const problem = problemWith(namesOf(services, world.handled()), injection)
          return problem === undefined
            ? Effect.sync(() => world.inject(injection))
            : Effect.die(new Defect(`InMemory.inject: ${problem}`))
        }),
      handle: (Command, handler) =>
        Effect.sync(() => world.handle(shapeIdOf(Command), (input, _, context) => handler(input, context))),
      serve: ({ strict = false, ...where } = {}) =>
        Effect.gen(function*() {
          const access = { anyKey: !strict, anyTime: !strict }
          const server = yield* serve(worldOf(world, services, access, clock, guard), where)
          const now = clock.currentTimeMillisUnsafe()
          if (Math.abs(now - Date.now()) > day) {
            // The console of a test keeps what is written to it to itself.
            yield* Effect.provideService(Effect.logWarning(farFromNow(now)), Console.Console, globalThis.console)
          }
          return { ...server, ...world.credentials }
        })
    }))
  }))

/**
 * The types that go with {@link InMemory:class}.
 *
 * @since 0.1.0
 */
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
    /**
     * Evaluates the policies of users, roles and sessions, permissions boundaries, policies of resources and service control policies,
     * and refuses calls that they don't allow. By default `false`: then everything is allowed that the called service itself doesn't
     * refuse. The program's own user, who sets up the state, and root users may do everything in their account.
     */
    readonly enforceIam?: boolean | undefined
    /** Limits every page to this many elements, so that even short lists have several pages. */
    readonly pageSize?: number | undefined
    /** Whether the Layer also provides {@link InMemory.virtualTime}, a Clock that moves by itself. By default `false`. */
    readonly virtualTime?: boolean | undefined
    /** How many of the newest calls {@link InMemory.calls} keeps. By default 10,000. */
    readonly journal?: number | undefined
    /**
     * How many times faster than on AWS resources are created, changed and deleted. By default 1. Doesn't affect expiry and
     * timestamps, which follow Effect's Clock.
     */
    readonly speed?: number | undefined
    /**
     * Seeds the random ids, tokens and fault shares: the same seed makes the same ones. By default `effect-aws-sdk`.
     */
    readonly seed?: string | number | undefined
  }

  /**
   * Options of {@link InMemory.serve}.
   *
   * @category models
   * @since 0.1.0
   */
  export interface ServeOptions {
    /** By default 0: any free port. */
    readonly port?: number | undefined
    /** The address to listen on. By default `127.0.0.1`, which other machines can't reach. */
    readonly host?: string | undefined
    /** Accepts only keys that this AWS has issued, and only signatures whose time is close to its own. */
    readonly strict?: boolean | undefined
  }

  /**
   * The address of a served in-memory AWS, and the access key of the Layer's own user: a strict server needs one that it knows.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Server extends Serving.Server {
    /** The id of the access key of the Layer's own user. */
    readonly accessKeyId: string
    /** The secret of that access key. It's secret from nobody: this AWS is made for tests. */
    readonly secretAccessKey: string
  }
  /**
   * The server can't listen on the port. `reason` says why: `PortInUse`, `NotPermitted`, `HostUnavailable`, `InvalidPort` or `Failed`.
   *
   * @category errors
   * @since 0.1.0
   */
  export type ServeError = ServeErrors.ServeError
  /**
   * An error response from AWS.
   *
   * @category models
   * @since 0.1.0
   */
  export type Fault = Service.Fault
  /**
   * The call that a handler answers, and the in-memory AWS around it.
   *
   * @category models
   * @since 0.1.0
   */
  export type HandlerContext = Service.CallContext
  /**
   * A request on the wire, as a handler sees it.
   *
   * @category models
   * @since 0.1.0
   */
  export type Request = Http.Request
  /**
   * Who signed a request.
   *
   * @category models
   * @since 0.1.0
   */
  export type Principal = Service.Principal
  /**
   * One attempt of a call that reached the in-memory AWS.
   *
   * @category models
   * @since 0.1.0
   */
  export type JournalEntry = Journal.JournalEntry
  /**
   * Something that AWS delivered to a target outside of the in-memory AWS.
   *
   * @category models
   * @since 0.1.0
   */
  export type Delivery = Events.Delivery
  /**
   * What {@link InMemory.onDelivery} runs: a function of what the target receives, or a handler of `Lambda.handler`.
   *
   * @category models
   * @since 0.1.0
   */
  export type DeliveryHandler<A, E, R> = Deliveries.Handler<A, E, R>
  /**
   * Options of {@link InMemory.onDelivery}.
   *
   * @category models
   * @since 0.1.0
   */
  export type DeliveryOptions = Deliveries.Options
  /**
   * A call that was refused because of policies.
   *
   * @category models
   * @since 0.1.0
   */
  export type Denial = Denials.Denial
  /**
   * A policy that decided about a refused call.
   *
   * @category models
   * @since 0.1.0
   */
  export type PolicyReference = Denials.PolicyReference
  /**
   * A policy document that allows calls.
   *
   * @category models
   * @since 0.1.0
   */
  export type LeastPolicy = Least.LeastPolicy
  /**
   * How a call ended.
   *
   * @category models
   * @since 0.1.0
   */
  export type Outcome = Journal.Outcome
  /**
   * A fault, and the calls that it affects.
   *
   * @category models
   * @since 0.1.0
   */
  export type Injection = Injections.Injection
  /**
   * What goes wrong with a call: {@link InMemory.throttled}, {@link InMemory.serverFault}, or the result of {@link InMemory.delay},
   * {@link InMemory.cut} or {@link InMemory.fault}.
   *
   * @category models
   * @since 0.1.0
   */
  export type InjectedFault = Injections.InjectedFault
}
