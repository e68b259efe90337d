import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateBucketCommand } from "@aws-sdk/client-s3"
import {
  DescribePatchBaselinesCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Schedule, Stream } from "effect"
import { AwsClients, AwsError, AwsService, Ec2, InMemory, Retry, S3, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { clientsOf } from "../support/Server.ts"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const put = Ssm.putParameter({ name: "/p", value: "v" })

const nextTurn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Waits until everything that doesn't depend on the clock has settled. */
const settled = Effect.repeat(nextTurn, { times: 20 })

describe("send", () => {
  it.effect("aborts the request when the call is interrupted", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 hour") })
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      yield* nextTurn
      const [call] = yield* InMemory.calls
      assert.strictEqual(call?.outcome._tag, "Interrupted")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies with the name of a command that the in-memory AWS doesn't support", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Ssm.send(new DescribePatchBaselinesCommand({})))
      assert.isTrue(Exit.hasDies(exit))
      if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), "DescribePatchBaselinesCommand")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends commands of a service without a module, through one client per Layer", () =>
    Effect.gen(function*() {
      const ec2 = AwsService.make(EC2Client)
      yield* InMemory.handle(DescribeSubnetsCommand, () => Effect.succeed({ Subnets: [{ SubnetId: "subnet-1" }] }))
      const { Subnets } = yield* ec2.send(new DescribeSubnetsCommand({}))
      assert.deepEqual(Subnets, [{ SubnetId: "subnet-1" }])
      assert.strictEqual(yield* AwsClients.get(EC2Client), yield* AwsClients.get(EC2Client))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a command", () => {
  it.effect("leaves a command unchanged, so it can be sent again in another region", () => {
    const command = new CreateBucketCommand({ Bucket: "a-bucket-of-mine" })
    const create = S3.send(command)
    return Effect.gen(function*() {
      yield* create.pipe(Effect.provide(InMemory.layer({ region: "eu-west-1" })))
      yield* create.pipe(Effect.provide(InMemory.layer({ region: "us-east-1" })))
      assert.deepEqual(command.input, { Bucket: "a-bucket-of-mine" })
    })
  })
})

describe("retries", () => {
  it.effect("retries in AWS's standard mode on the test clock", () =>
    Effect.gen(function*() {
      yield* put
      yield* InMemory.inject({ operation: "GetParameter", times: 2, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).$metadata.attempts, 3)
      assert.lengthOf((yield* InMemory.calls).filter(({ operation }) => operation === "GetParameter"), 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the last error when the retry schedule ends", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.isTrue(error.isRetryable)
      assert.lengthOf(yield* InMemory.calls, 4)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(3) }))))

  it.effect("dies when the retry schedule dies", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const exit = yield* Effect.exit(get)
      assert.isTrue(Exit.hasDies(exit))
      if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), "a mistake in my schedule")
    }).pipe(Effect.provide(InMemory.layer({
      retry: Schedule.modifyDelay(Schedule.recurs(1), () => Effect.die(new Error("a mistake in my schedule")))
    }))))

  it.effect("doesn't retry a rejected call", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.code, "ParameterNotFound")
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.forever }))))

  it.effect("leaves no timer when interrupted between two attempts", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      const before = (yield* InMemory.calls).length
      yield* TestClock.adjust("1 day")
      assert.lengthOf(yield* InMemory.calls, before)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.spaced("1 minute") }))))

  it.effect("sends one idempotency token in all attempts, so AWS acts once when an answer is lost", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "RunInstances", times: 3, fault: InMemory.cut("after") })
      const { Images } = yield* Ec2.send(
        new DescribeImagesCommand({ Filters: [{ Name: "architecture", Values: ["x86_64"] }] })
      )
      const { Instances = [] } = yield* Ec2.send(
        new RunInstancesCommand({ ImageId: Images?.[0]?.ImageId, MinCount: 1, MaxCount: 1 })
      )
      const { Reservations = [] } = yield* Ec2.send(new DescribeInstancesCommand({}))
      const ids = (instances: typeof Instances) => instances.map(({ InstanceId }) => InstanceId)
      assert.deepEqual(ids(Reservations.flatMap((reservation) => reservation.Instances ?? [])), ids(Instances))
      assert.lengthOf((yield* InMemory.calls).filter(({ operation }) => operation === "RunInstances"), 4)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(3) }))))

  it.effect("says that putParameter may have succeeded when the answer to the first attempt was lost", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutParameter", nth: 1, fault: InMemory.cut("after") })
      const error = yield* Effect.flip(put)
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag !== "AwsError") return
      assert.strictEqual(error.code, "ParameterAlreadyExists")
      assert.isTrue(error.mayHaveSucceeded)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1) }))))
})

describe("pages", () => {
  const command = new GetParametersByPathCommand({ Path: "/a" })
  const sevenParameters = Effect.forEach(
    Array.from({ length: 7 }, (_, i) => `/a/${i}`),
    (Name) => Ssm.send(new PutParameterCommand({ Name, Value: "v", Type: "String" }))
  )

  it.effect("fetches pages one at a time, on demand, and leaves the command unchanged", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      const pages = Ssm.pages(command)
      const sizes = Stream.map(pages, ({ Parameters }) => Parameters?.length).pipe(Stream.runCollect)
      assert.deepEqual(yield* sizes, [3, 3, 1])
      assert.deepEqual(yield* sizes, [3, 3, 1])
      assert.deepEqual(command.input, { Path: "/a" })
      const before = (yield* InMemory.calls).length
      yield* Stream.runDrain(Stream.take(Ssm.items(command, ({ Parameters }) => Parameters), 2))
      assert.lengthOf(yield* InMemory.calls, before + 1)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("fails when a pagination token leads back to the same page", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersByPathCommand, () => Effect.succeed({ Parameters: [], NextToken: "again" }))
      const error = yield* Effect.flip(Stream.runDrain(Ssm.pages(command)))
      assert.strictEqual(error.reason._tag, "Unreadable")
      assert.lengthOf(yield* InMemory.calls, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("runs the command's own middleware for every page", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      let seen = 0
      const own = new GetParametersByPathCommand({ Path: "/a" })
      own.middlewareStack.add((next) => (args) => {
        seen++
        return next(args)
      }, { step: "initialize" })
      yield* Stream.runDrain(Ssm.pages(own))
      assert.strictEqual(seen, 3)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("reads exactly one page ahead when asked to", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      const pages = Ssm.pages(command, { readAhead: true })
      const fetched = Effect.map(
        InMemory.calls,
        (calls) => calls.filter(({ operation }) => operation === "GetParametersByPath").length
      )
      const seen = yield* Stream.runCollect(
        Stream.mapEffect(pages, (page) => Effect.map(settled, () => [page.Parameters?.length])).pipe(
          Stream.mapEffect(([length]) => Effect.map(fetched, (calls) => [length, calls]))
        )
      )
      assert.deepEqual(seen, [[3, 2], [3, 3], [1, 3]])
      const first = Stream.take(Ssm.items(command, ({ Parameters }) => Parameters, { readAhead: true }), 2).pipe(
        Stream.tap(() => settled),
        Stream.runDrain
      )
      yield* first
      assert.strictEqual(yield* fetched, 5)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("overlaps calls with the consumer's work when reading ahead", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      yield* InMemory.inject({ operation: "GetParametersByPath", fault: InMemory.delay("20 millis") })
      const took = (options?: AwsService.PageOptions) =>
        Effect.gen(function*() {
          const pages = Stream.tap(Ssm.pages(command, options), () => Effect.sleep("20 millis"))
          const fiber = yield* Effect.forkChild(Effect.timed(Stream.runCount(pages)))
          yield* TestClock.adjust("1 second")
          const [duration, count] = yield* Fiber.join(fiber)
          return [Duration.toMillis(duration), count]
        })
      assert.deepEqual(yield* took(), [120, 3])
      assert.deepEqual(yield* took({ readAhead: true }), [80, 3])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("emits the pages read ahead before the failure of the next one", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      yield* InMemory.inject({
        operation: "GetParametersByPath",
        nth: 3,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "No", statusCode: 400 })
      })
      const seen: Array<number | undefined> = []
      const error = yield* Ssm.pages(command, { readAhead: true }).pipe(
        Stream.tap(() => settled),
        Stream.runForEach(({ Parameters }) => Effect.sync(() => seen.push(Parameters?.length))),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "AccessDenied")
      assert.deepEqual(seen, [3, 3])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("aborts the page being read ahead when the consumer stops", () =>
    Effect.gen(function*() {
      yield* sevenParameters
      yield* InMemory.inject({ operation: "GetParametersByPath", nth: 2, fault: InMemory.delay("1 hour") })
      yield* Stream.runDrain(Stream.take(Stream.tap(Ssm.pages(command, { readAhead: true }), () => settled), 1))
      yield* settled
      assert.deepEqual((yield* InMemory.calls).slice(-2).map(({ outcome }) => outcome._tag), [
        "Answered",
        "Interrupted"
      ])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("ends at an empty pagination token", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersByPathCommand, () => Effect.succeed({ Parameters: [], NextToken: "" }))
      yield* Stream.runDrain(Ssm.pages(command))
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("mayHaveSucceeded", () => {
  const mayHaveSucceededAfter = (injections: ReadonlyArray<Parameters<typeof InMemory.inject>[0]>) =>
    Effect.gen(function*() {
      yield* Effect.forEach(injections, InMemory.inject)
      const error = yield* Effect.flip(Ssm.putParameter({ name: "/p", value: "v", overwrite: true }))
      assert.strictEqual(error._tag, "AwsError")
      return error._tag === "AwsError" && error.mayHaveSucceeded
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1) })))

  it.effect("reports whether AWS may have acted in any attempt", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* mayHaveSucceededAfter([{ fault: InMemory.throttled }]))
      assert.isTrue(yield* mayHaveSucceededAfter([{ fault: InMemory.cut("after") }]))
      assert.isTrue(yield* mayHaveSucceededAfter([{ fault: InMemory.serverFault }]))
      const lostThenThrottled = yield* mayHaveSucceededAfter([
        { nth: 1, fault: InMemory.cut("after") },
        { nth: 2, fault: InMemory.throttled }
      ])
      assert.isTrue(lostThenThrottled)
      const refused = { fault: InMemory.fault({ code: "AccessDeniedException", message: "no" }) }
      assert.isFalse(yield* mayHaveSucceededAfter([refused]))
    }))

  it.live("reports that AWS can't have acted when the connection is refused", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(get).pipe(Effect.provide(clientsOf("http://127.0.0.1:9")))
      assert.deepEqual([error.code, error.mayHaveSucceeded], ["ECONNREFUSED", false])
    }))

  it.effect("succeeds in a deletion whose first answer was lost", () =>
    Effect.gen(function*() {
      yield* put
      yield* InMemory.inject({ operation: "DeleteParameter", nth: 1, fault: InMemory.cut("after") })
      yield* Ssm.deleteParameter("/p")
      assert.strictEqual((yield* Effect.flip(Ssm.deleteParameter("/p")))._tag, "ParameterDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1) }))))

  it.effect("returns an existing AwsError unchanged from fromUnknown", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(AwsError.fromUnknown({ service: "S3", operation: "Upload", region: "r" }, error), error)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AwsError", () => {
  it.effect("catches an AwsError by one code, by several and by guard", () =>
    Effect.gen(function*() {
      const one = yield* get.pipe(AwsError.catchCode("ParameterNotFound", ({ code }) => Effect.succeed(code)))
      assert.strictEqual(one, "ParameterNotFound")
      const some = yield* AwsError.catchCode(get, ["InvalidKeyId", "ParameterNotFound"], () => Effect.succeed("some"))
      assert.strictEqual(some, "some")
      const other = yield* Effect.flip(get.pipe(AwsError.catchCode("InvalidKeyId", () => Effect.succeed("other"))))
      assert.strictEqual(other.code, "ParameterNotFound")
      const guarded = yield* Stream.fromEffect(get).pipe(
        Stream.catchIf(AwsError.hasCode("ParameterNotFound"), () => Stream.empty),
        Stream.runCollect
      )
      assert.deepEqual(guarded, [])
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
})
