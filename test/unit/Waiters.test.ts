import { RequestCertificateCommand } from "@aws-sdk/client-acm"
import { DescribeTableCommand, type DescribeTableCommandOutput, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DescribeInstancesCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ListTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand
} from "@aws-sdk/client-ecs"
import { HeadBucketCommand } from "@aws-sdk/client-s3"
import { GetCommandInvocationCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Logger, Option, References, Result, Schedule, Tracer } from "effect"
import {
  Acm,
  AwsClients,
  AwsError,
  AwsErrorReason,
  AwsService,
  CloudWatch,
  Ec2,
  Ecs,
  Iam,
  InMemory,
  Polling,
  Retry,
  S3,
  Ssm
} from "effect-aws-sdk"
import { clientsThatAnswer } from "../support/answering.ts"

const InstanceIds = ["i-0123456789abcdef0"]

/** Answers the polls of instances with these states, one after the other; the last one stays. */
const instancesIn = (...states: ReadonlyArray<string>) => {
  let n = 0
  return InMemory.handle(DescribeInstancesCommand, () =>
    Effect.sync(() => ({
      Reservations: [{ Instances: [{ State: { Name: (states[n++] ?? states.at(-1)) as "running" } }] }]
    })))
}

const failWith = (code: string, statusCode = 400) => Effect.fail(InMemory.fault({ code, statusCode, message: code }))

const polls = Effect.map(InMemory.calls, ({ length }) => length)

/** What a wait ends with, and after how many seconds. */
const ended = <A, E, R>(wait: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const result = yield* Effect.result(wait)
    return { result, seconds: ((yield* Clock.currentTimeMillis) - start) / 1_000 }
  })

const failure = <A, E>(result: Result.Result<A, E>): E | undefined => Option.getOrUndefined(Result.getFailure(result))

describe("the waitUntil of a service", () => {
  it.effect("returns the last output, after AWS's delay between two calls", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending", "pending", "running")
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      const output = Result.getOrThrow(result)
      assert.strictEqual(output.Reservations?.[0]?.Instances?.[0]?.State?.Name, "running")
      assert.deepEqual([seconds, yield* polls], [30, 3])
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("times out after as many calls as AWS models, with the last output", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending")
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      const error = failure(result)
      assert.strictEqual(error?._tag, "WaitTimedOut")
      assert.deepEqual([seconds, yield* polls], [39 * 15, 40])
      if (error?._tag !== "WaitTimedOut") return
      assert.strictEqual(error.last?.Reservations?.[0]?.Instances?.[0]?.State?.Name, "pending")
      assert.strictEqual(Duration.toSeconds(error.waited), 39 * 15)
      assert.strictEqual(error.waitingFor, "InstanceRunning (InstanceIds: i-0123456789abcdef0)")
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("keeps AWS's delay and calls without a limit when given only a timeout", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending")
      const wait = Ec2.waitUntil("InstanceRunning", { InstanceIds }, { timeout: "30 minutes" })
      const { result, seconds } = yield* ended(wait)
      assert.strictEqual(failure(result)?._tag, "WaitTimedOut")
      assert.strictEqual(seconds, 30 * 60)
      assert.isAtLeast(yield* polls, 120)
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("calls again by the caller's schedule, also if it is shorter than AWS's", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending")
      const schedule = Schedule.upTo(Schedule.spaced("1 minute"), { times: 4 })
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }, { schedule }))
      assert.strictEqual(failure(result)?._tag, "WaitTimedOut")
      assert.deepEqual([seconds, yield* polls], [240, 5])
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("ends with WaitFailed at the first call that shows a state without a way back", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending", "shutting-down")
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      const error = failure(result)
      assert.strictEqual(error?._tag, "WaitFailed")
      assert.strictEqual(seconds, 15)
      if (error?._tag !== "WaitFailed") return
      assert.strictEqual(error.last?.Reservations?.[0]?.Instances?.[0]?.State?.Name, "shutting-down")
      assert.strictEqual(
        error.message,
        "Stopped waiting for InstanceRunning (InstanceIds: i-0123456789abcdef0) after 15s: " +
          "Reservations[].Instances[].State.Name has \"shutting-down\". It won't happen by itself any more: find out what " +
          "brought the resource into this state, repair it or make a new one, and wait again."
      )
      assert.notInclude(JSON.stringify(error), "Reservations\":")
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("calls again after a transient error, and after one that the waiter expects", () =>
    Effect.gen(function*() {
      yield* instancesIn("running")
      yield* InMemory.inject({ operation: "DescribeInstances", times: 1, fault: InMemory.throttled })
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      assert.isTrue(Result.isSuccess(result))
      assert.strictEqual(seconds, 15)
      let n = 0
      yield* InMemory.handle(DescribeInstancesCommand, () =>
        n++ < 2
          ? failWith("InvalidInstanceID.NotFound")
          : Effect.succeed({ Reservations: [{}] }))
      const later = yield* ended(Ec2.waitUntil("InstanceExists", { InstanceIds }))
      assert.isTrue(Result.isSuccess(later.result))
      assert.strictEqual(later.seconds, 10)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none, virtualTime: true }))))

  it.effect("ends at once with an error that the waiter doesn't name", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribeInstancesCommand, () => failWith("UnauthorizedOperation", 403))
      const { result, seconds } = yield* ended(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      const error = failure(result)
      assert.strictEqual(error?._tag === "AwsError" && error.reason._tag, "AccessDenied")
      assert.deepEqual([seconds, yield* polls], [0, 1])
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  const foreign = [
    { status: 200, headers: { "content-type": "text/html" } },
    { status: 301, headers: { location: "https://login.example" } },
    { status: 403, headers: { "content-type": "text/html" } }
  ]
  for (const answer of foreign) {
    it.effect(`takes no state from an answer that isn't AWS's, such as a login page with the status ${answer.status}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(S3.waitUntil("BucketExists", { Bucket: "bucket" }))
        assert.deepEqual(error._tag === "AwsError" && [error.reason._tag, error.code], [
          "Unreadable",
          "ForeignResponse"
        ])
      }).pipe(Effect.provide(clientsThatAnswer(() => ({ ...answer, body: "<html>Sign in</html>" })))))
  }

  it.effect("returns nothing when an error is what was awaited", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribeVolumesCommand, () => failWith("InvalidVolume.NotFound"))
      const gone: object | undefined = yield* Ec2.waitUntil("VolumeDeleted", { VolumeIds: ["vol-1"] })
      assert.isUndefined(gone)
      for (const status of [301, 403]) {
        yield* InMemory.handle(HeadBucketCommand, () => failWith("x", status))
        assert.isUndefined(yield* S3.waitUntil("BucketExists", { Bucket: "bucket" }))
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no further call when interrupted", () =>
    Effect.gen(function*() {
      yield* instancesIn("pending")
      const fiber = yield* Effect.forkChild(Ec2.waitUntil("InstanceRunning", { InstanceIds }))
      yield* Effect.sleep("20 seconds")
      yield* Fiber.interrupt(fiber)
      const before = yield* polls
      yield* Effect.sleep("1 hour")
      assert.deepEqual([before, yield* polls], [2, 2])
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("waits until an in-memory certificate is validated, and until services are stable", () =>
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "www.example.com", ValidationMethod: "DNS" })
      )
      const { result } = yield* ended(
        Acm.waitUntil("CertificateValidated", { CertificateArn }, { timeout: "1 hour" })
      )
      assert.strictEqual(Result.getOrThrow(result).Certificate?.Status, "ISSUED")

      const cluster = "capture"
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* Ecs.send(new RegisterContainerInstanceCommand({ cluster }))
      yield* Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "nodes",
          containerDefinitions: [{ name: "main", image: "nginx:1", memory: 64 }]
        })
      )
      yield* Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: "nodes", taskDefinition: "nodes", desiredCount: 2 })
      )
      const stable = yield* ended(Ecs.waitUntil("ServicesStable", { cluster, services: ["nodes"] }))
      assert.strictEqual(Result.getOrThrow(stable.result).services?.[0]?.runningCount, 2)
      assert.isAbove(stable.seconds, 0)
      const { taskArns: tasks = [] } = yield* Ecs.send(new ListTasksCommand({ cluster }))
      yield* Ecs.waitUntil("TasksRunning", { cluster, tasks })
      const error = yield* Effect.flip(Ecs.waitUntil("TasksRunning", { cluster, tasks: [tasks[0]!, "0".repeat(32)] }))
      assert.strictEqual(error._tag === "WaitFailed" && error.reason, "failures[].reason has \"MISSING\"")
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("waits for a command that an instance runs", () =>
    Effect.gen(function*() {
      const statuses = ["Pending", "InProgress", "Success"] as const
      let n = -1
      yield* InMemory.handle(GetCommandInvocationCommand, () =>
        n++ < 0
          ? failWith("InvocationDoesNotExist")
          : Effect.succeed({ Status: statuses[n - 1]!, StandardOutputContent: "done" }))
      const { result, seconds } = yield* ended(
        Ssm.waitUntil("CommandExecuted", { CommandId: "c", InstanceId: "i-1" })
      )
      assert.strictEqual(Result.getOrThrow(result).StandardOutputContent, "done")
      assert.strictEqual(seconds, 15)
      yield* InMemory.handle(GetCommandInvocationCommand, () => Effect.succeed({ Status: "TimedOut" as const }))
      const error = yield* Effect.flip(Ssm.waitUntil("CommandExecuted", { CommandId: "c", InstanceId: "i-1" }))
      assert.strictEqual(error._tag === "WaitFailed" && error.reason, "Status is \"TimedOut\"")
    }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))
})

describe("what a wait says", () => {
  it.effect("names what is awaited: a few ids, or the words of the caller", () =>
    Effect.gen(function*() {
      yield* instancesIn("terminated")
      const named = (input: { readonly InstanceIds?: Array<string> }, waitingFor?: string) =>
        Effect.map(
          Effect.flip(Ec2.waitUntil("InstanceRunning", input, { waitingFor })),
          (error) => error._tag === "WaitFailed" ? error.waitingFor : error
        )
      assert.strictEqual(yield* named({ InstanceIds: ["a", "b"] }), "InstanceRunning (InstanceIds: a, b)")
      assert.strictEqual(
        yield* named({ InstanceIds: ["a", "b", "c", "d", "e"] }),
        "InstanceRunning (InstanceIds: a, b, c and 2 more)"
      )
      assert.strictEqual(yield* named({}), "InstanceRunning")
      assert.strictEqual(yield* named({ InstanceIds: [] }), "InstanceRunning")
      // From JavaScript
      const odd = [{}, "a"] as ReadonlyArray<unknown> as Array<string>
      assert.strictEqual(yield* named({ InstanceIds: odd }), "InstanceRunning (InstanceIds: a)")
      assert.strictEqual(yield* named({ InstanceIds }, "the sensor to run"), "the sensor to run")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has a span around the calls, logs each wait, and tells neither inputs nor outputs", () =>
    Effect.gen(function*() {
      const secret = "planted-secret"
      yield* InMemory.handle(HeadBucketCommand, () => failWith("NotFound", 404))
      const spans: Array<Tracer.Span> = []
      const lines: Array<string> = []
      yield* S3.waitUntil("BucketExists", { Bucket: "bucket", ExpectedBucketOwner: secret }, {
        schedule: Schedule.recurs(1)
      }).pipe(
        Effect.ignore,
        Effect.withTracer(Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })),
        Effect.provide(Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])),
        Effect.provideService(References.MinimumLogLevel, "All")
      )
      assert.deepEqual(spans.map(({ name }) => name).filter((name) => name.startsWith("S3.")), [
        "S3.waitUntil",
        "S3.HeadBucket",
        "S3.HeadBucket"
      ])
      assert.strictEqual(spans[0]!.attributes.get("aws.waiter"), "BucketExists")
      // AWS's waiter takes this failure for the ordinary state before the bucket exists.
      assert.include(lines, "Waiting for BucketExists (Bucket: bucket): 0s so far; not yet (NotFound)")
      assert.notInclude(lines.join("\n"), "failed:")
      assert.notInclude(lines.join("\n"), secret)
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => [...attributes])), secret)
    }).pipe(Effect.provide(InMemory.layer())))
})

const table = { command: DescribeTableCommand, delay: "20 seconds", attempts: 25 } as const

const success = { state: "success", status: 200 } as const

/** A waiter as JavaScript can make it. */
const mistaken = (mistake: object, name: string) => ({
  [name]: AwsService.waiter<any, any>({ ...table, acceptors: [success], ...mistake })
})

const dynamo = AwsService.make(DynamoDBClient, {
  waiters: {
    TableExists: AwsService.waiter({
      ...table,
      names: ["TableName"],
      acceptors: [
        { state: "success", output: ({ Table }) => Table?.TableStatus === "ACTIVE" },
        { state: "failure", output: ({ Table }) => Table?.TableStatus === "DELETING", reason: "the table is deleted" },
        { state: "failure", output: ({ Table }) => Table?.TableStatus === "ARCHIVED" },
        { state: "failure", status: 402 },
        { state: "retry", error: "ResourceNotFoundException" }
      ]
    }),
    TableNotExists: AwsService.waiter({
      ...table,
      acceptors: [{ state: "success", error: "ResourceNotFoundException" }]
    }),
    First: AwsService.waiter({ ...table, acceptors: [{ state: "success", status: 200 }] }),
    Broken: AwsService.waiter({
      ...table,
      acceptors: [{
        state: "success",
        output: () => {
          throw new Error("a fault of the program")
        }
      }]
    }),
    NoCommand: AwsService.waiter({
      ...table,
      command: undefined as never,
      acceptors: [{ state: "success", status: 200 }]
    }),
    NoDelay: AwsService.waiter({ ...table, delay: "soon" as never, acceptors: [{ state: "success", status: 200 }] }),
    Endless: AwsService.waiter({ ...table, delay: "Infinity", acceptors: [{ state: "success", status: 200 }] }),
    NoAttempts: AwsService.waiter({ ...table, attempts: 0, acceptors: [{ state: "success", status: 200 }] }),
    NotANumber: AwsService.waiter({ ...table, attempts: NaN, acceptors: [{ state: "success", status: 200 }] }),
    NoSuccess: AwsService.waiter({ ...table, acceptors: [{ state: "retry", status: 404 }] }),
    Forever: AwsService.waiter({ ...table, attempts: Infinity, acceptors: [{ state: "success", status: 404 }] }),
    ...mistaken({ acceptors: undefined }, "NoAcceptors"),
    ...mistaken({ acceptors: [success, { state: "done", status: 404 }] }, "NotAState"),
    ...mistaken({ acceptors: [success, { state: "retry" }] }, "OfNothing"),
    ...mistaken({ acceptors: [success, { state: "retry", output: "ACTIVE" }] }, "NotAFunction"),
    ...mistaken({ acceptors: [success, null] }, "Null"),
    ...mistaken({ attempts: "3" }, "Text"),
    ...mistaken({ delay: NaN }, "NaNDelay"),
    ...mistaken({ names: "TableName" }, "OneName"),
    ByHand: { ...table, acceptors: [success] } as any
  }
})

/** DynamoDB as far as its tables have a status, or the calls fail. */
const dynamoIn = (...answers: ReadonlyArray<string | { readonly code: string; readonly status: number }>) => {
  let n = 0
  return Effect.provideService(
    AwsClients,
    AwsClients.of({
      config: { region: "us-east-1" } as AwsClients.Config,
      get: () => {
        throw new Error("unused")
      },
      send: (call) =>
        Effect.suspend(() => {
          const answer = answers[n++] ?? answers.at(-1)!
          return typeof answer === "string"
            ? Effect.succeed({ Table: { TableStatus: answer } })
            : Effect.fail(
              new AwsError({
                ...call,
                reason: new AwsErrorReason.Rejected({
                  code: answer.code,
                  description: "",
                  statusCode: answer.status,
                  isRetryable: false
                })
              })
            )
        })
    })
  )
}

const missing = { code: "ResourceNotFoundException", status: 400 }
const TableName = "orders"

describe("a waiter of one's own", () => {
  it.effect("waits by its acceptors, delay and number of calls", () =>
    Effect.gen(function*() {
      const exists = yield* ended(dynamo.waitUntil("TableExists", { TableName })).pipe(
        dynamoIn(missing, "CREATING", "ACTIVE")
      )
      const output: DescribeTableCommandOutput = Result.getOrThrow(exists.result)
      assert.strictEqual(output.Table?.TableStatus, "ACTIVE")
      assert.strictEqual(exists.seconds, 40)
      const gone = yield* ended(dynamo.waitUntil("TableNotExists", { TableName })).pipe(dynamoIn("DELETING", missing))
      assert.isUndefined(Result.getOrThrow(gone.result))
      assert.strictEqual(gone.seconds, 20)
      const never = yield* ended(dynamo.waitUntil("TableExists", { TableName })).pipe(dynamoIn("CREATING"))
      assert.strictEqual(failure(never.result)?._tag, "WaitTimedOut")
      assert.strictEqual(never.seconds, 24 * 20)
      const first = yield* ended(dynamo.waitUntil("First", { TableName })).pipe(dynamoIn("CREATING"))
      assert.strictEqual(Result.getOrThrow(first.result).Table?.TableStatus, "CREATING")
      const forever = yield* ended(dynamo.waitUntil("Forever", { TableName })).pipe(
        dynamoIn(...Array.from({ length: 500 }, () => "ACTIVE"), { code: "x", status: 404 })
      )
      assert.isUndefined(Result.getOrThrow(forever.result))
    }).pipe(Effect.provide(InMemory.virtualTime)))

  it.effect("says why it failed: by its reason, the status, or the command", () =>
    Effect.gen(function*() {
      const reasonIn = (answer: string | { readonly code: string; readonly status: number }) =>
        Effect.map(Effect.flip(dynamo.waitUntil("TableExists", { TableName })), (error) => {
          assert.instanceOf(error, Polling.WaitFailed)
          assert.strictEqual(error.waitingFor, "TableExists (TableName: orders)")
          return error._tag === "WaitFailed" ? error.reason : ""
        }).pipe(dynamoIn(answer))
      assert.strictEqual(yield* reasonIn("DELETING"), "the table is deleted")
      assert.strictEqual(yield* reasonIn("ARCHIVED"), "the output of DescribeTable shows a state that ends the wait")
      assert.strictEqual(yield* reasonIn({ code: "x", status: 402 }), "the HTTP status of DescribeTable was 402")
    }))

  it.effect("dies with what its acceptor throws", () =>
    Effect.gen(function*() {
      const defect = yield* dynamo.waitUntil("Broken", { TableName }).pipe(
        Effect.catchDefect((defect) => Effect.succeed(String(defect))),
        dynamoIn("ACTIVE")
      )
      assert.strictEqual(defect, "Error: a fault of the program")
    }))

  const rows: ReadonlyArray<readonly [name: string, code: string, message: string]> = [
    ["Missing", "WaiterUnknown", "there is no waiter Missing. Use one of these: TableExists, TableNotExists, "],
    ["constructor", "WaiterUnknown", "there is no waiter constructor"],
    ["NoCommand", "WaiterUnavailable", "Install a newer version of the service's client."],
    ["NoDelay", "InvalidWaiter", "Its delay has to be a finite duration"],
    ["Endless", "InvalidWaiter", "Its delay has to be a finite duration"],
    ["NoAttempts", "InvalidWaiter", "Its number of attempts has to be at least 1"],
    ["NotANumber", "InvalidWaiter", "Its number of attempts has to be at least 1"],
    ["NoSuccess", "InvalidWaiter", "It needs an acceptor with the state \"success\""],
    ["NoAcceptors", "InvalidWaiter", "It needs an acceptor with the state \"success\""],
    ["NotAState", "InvalidWaiter", "Each acceptor has to have a `state` (\"success\", \"failure\" or \"retry\")"],
    ["OfNothing", "InvalidWaiter", "and one of `output` (a function), `error` (a code) and `status` (a number)."],
    ["NotAFunction", "InvalidWaiter", "and one of `output` (a function)"],
    ["Null", "InvalidWaiter", "Each acceptor has to have"],
    ["Text", "InvalidWaiter", "Its number of attempts has to be at least 1"],
    ["NaNDelay", "InvalidWaiter", "Its delay has to be a finite duration"],
    ["OneName", "InvalidWaiter", "Its names have to be a list of members of the input"],
    ["ByHand", "InvalidWaiter", "Make it with `AwsService.waiter`."]
  ]
  for (const [name, code, message] of rows) {
    it.effect(`fails without a call if it can't be used: ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(dynamo.waitUntil(name as "First", { TableName })).pipe(dynamoIn("ACTIVE"))
        assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "Misconfigured")
        if (error._tag === "AwsError") assert.strictEqual(error.code, code)
        assert.include(error.message, message)
      }))
  }

  const modules = { ACM: Acm, CloudWatch, EC2: Ec2, ECS: Ecs, IAM: Iam, S3, SSM: Ssm }
  for (const [service, module] of Object.entries(modules)) {
    it.effect(`is unknown by a call of ${service}, as AWS names the service`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip((module.waitUntil as any)("Missing", {}) as Effect.Effect<never, AwsError>)
        assert.deepEqual([error.service, error.operation, error.code], [service, "waitUntil", "WaiterUnknown"])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("is unknown to a service without waiters", () =>
    Effect.gen(function*() {
      const plain = AwsService.make(DynamoDBClient)
      const error = yield* Effect.flip(
        (plain.waitUntil as any)("TableExists", { TableName }) as Effect.Effect<never, AwsError, AwsClients>
      ).pipe(dynamoIn("ACTIVE"))
      assert.strictEqual(error.code, "WaiterUnknown")
    }))
})
