// The in-memory AWS by itself: whose state it is, who may call, what is injected, and the journal.
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ListDocumentsCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient
} from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, Schedule } from "effect"
import { AwsClients, InMemory, Retry, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const put = (name: string, value = "v") => Ssm.putParameter({ name, value, overwrite: true })
const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

/** The same AWS, by other keys or in another region. */
const as = (options: Partial<Parameters<typeof AwsClients.layer>[0]>) =>
  Layer.effect(
    AwsClients,
    Effect.flatMap(AwsClients, ({ config }) => AwsClients.make({ ...config, ...options }))
  )

const session = (account: string, options: { readonly DurationSeconds?: number } = {}) =>
  Sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/r`, RoleSessionName: "test", ...options })
  ).pipe(
    Effect.map(({ Credentials: { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = {} }) => ({
      accessKeyId: AccessKeyId,
      secretAccessKey: Redacted.make(SecretAccessKey),
      sessionToken: Redacted.make(SessionToken)
    }))
  )

describe("state", () => {
  it.effect("is an account's and a region's", () =>
    Effect.gen(function*() {
      yield* put("/p", "here")
      const credentials = yield* session("222222222222")
      for (const elsewhere of [as({ region: "eu-west-1" }), as({ credentials })]) {
        const error = yield* Effect.flip(get).pipe(Effect.provide(elsewhere))
        assert.strictEqual(error.code, "ParameterNotFound")
        yield* put("/p", "there").pipe(Effect.provide(elsewhere))
      }
      assert.strictEqual((yield* get).Parameter?.Value, "here")
      assert.deepEqual(
        (yield* InMemory.calls).slice(-1).map(({ account, region }) => ({ account, region })),
        [{ account: "123456789012", region: "us-east-1" }]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is each Layer's own", () =>
    Effect.gen(function*() {
      yield* put("/p").pipe(Effect.provide(InMemory.layer()))
      const error = yield* Effect.flip(get).pipe(Effect.provide(InMemory.layer()))
      assert.strictEqual(error.code, "ParameterNotFound")
    }))
})

describe("who may call", () => {
  it.effect("is told by the keys: unknown ones are refused by each protocol's code", () =>
    Effect.gen(function*() {
      const wrong = as({ credentials: { accessKeyId: "AKIAWRONG", secretAccessKey: Redacted.make("wrong") } })
      const json = yield* Effect.flip(get).pipe(Effect.provide(wrong))
      assert.deepEqual([json.reason._tag, json.code], ["CredentialsRejected", "UnrecognizedClientException"])
      const query = yield* Effect.flip(Sts.send(new GetCallerIdentityCommand({}))).pipe(Effect.provide(wrong))
      assert.deepEqual([query.reason._tag, query.code], ["CredentialsRejected", "InvalidClientTokenId"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("ends with a session, by the test's clock", () =>
    Effect.gen(function*() {
      const later = as({ credentials: yield* session("222222222222", { DurationSeconds: 900 }) })
      yield* TestClock.adjust("14 minutes")
      const { account } = yield* Sts.getEnvironment.pipe(Effect.provide(later))
      assert.strictEqual(account, "222222222222")
      yield* TestClock.adjust("1 minute")
      const error = yield* Effect.flip(get).pipe(Effect.provide(later))
      assert.deepEqual([error.reason._tag, error.code], ["CredentialsRejected", "ExpiredTokenException"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("pages", () => {
  it.effect("have tokens that are good for their own list only", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(["/a/1", "/a/2", "/b/1", "/b/2"], (name) => put(name))
      const list = (Path: string, NextToken?: string) =>
        Ssm.send(new GetParametersByPathCommand({ Path, ...(NextToken !== undefined && { NextToken }) }))
      const { NextToken = "" } = yield* list("/a")
      assert.isNotEmpty(NextToken)
      assert.deepEqual((yield* list("/a", NextToken)).Parameters?.map(({ Name }) => Name), ["/a/2"])
      for (const wrong of [list("/b", NextToken), list("/a", "1"), list("/a", `${NextToken}0`)]) {
        assert.strictEqual((yield* Effect.flip(wrong)).code, "InvalidNextToken")
      }
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 1 }))))

  it.effect("go on after the last one, though the list has changed in between", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(["/a/1", "/a/2", "/a/3"], (name) => put(name))
      const first = yield* Ssm.send(new GetParametersByPathCommand({ Path: "/a" }))
      yield* Ssm.deleteParameter("/a/1")
      yield* put("/a/0")
      const second = yield* Ssm.send(new GetParametersByPathCommand({ Path: "/a", NextToken: first.NextToken }))
      assert.deepEqual(second.Parameters?.map(({ Name }) => Name), ["/a/2"])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 1 }))))
})

describe("inject", () => {
  const once = InMemory.layer({ retry: Retry.none })

  it.effect("throttles by the code of the service", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const json = yield* Effect.flip(get)
      assert.deepEqual([json.reason._tag, json.code], ["Throttled", "ThrottlingException"])
      const query = yield* Effect.flip(Sts.send(new GetCallerIdentityCommand({})))
      assert.deepEqual([query.reason._tag, query.code], ["Throttled", "Throttling"])
    }).pipe(Effect.provide(once)))

  it.effect("picks calls by service, operation, number and times", () =>
    Effect.gen(function*() {
      yield* put("/p")
      const outcomes = Effect.forEach([1, 2, 3, 4], () =>
        Effect.map(Effect.result(get), ({ _tag }) => _tag === "Success"))
      yield* InMemory.inject({ service: "STS", fault: InMemory.serverFault })
      yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.serverFault })
      assert.deepEqual(yield* outcomes, [true, true, true, true])
      yield* InMemory.inject({ service: "SSM", operation: "GetParameter", nth: 2, fault: InMemory.serverFault })
      assert.deepEqual(yield* outcomes, [true, false, true, true])
      yield* InMemory.inject({ operation: "GetParameter", times: 3, fault: InMemory.serverFault })
      assert.deepEqual(yield* outcomes, [false, false, false, true])
    }).pipe(Effect.provide(once)))

  it.effect("takes a share of the calls, the same for the same seed", () => {
    const outcomes = (seed: number) =>
      Effect.gen(function*() {
        yield* put("/p")
        yield* InMemory.inject({ operation: "GetParameter", share: 0.3, fault: InMemory.serverFault })
        const results = yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.result(get))
        return results.map(({ _tag }) => _tag)
      }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none, seed })))
    return Effect.gen(function*() {
      const first = yield* outcomes(1)
      const failed = first.filter((tag) => tag === "Failure").length
      assert.isTrue(failed > 30 && failed < 90, `${failed} of 200`)
      assert.deepEqual(yield* outcomes(1), first)
      assert.notDeepEqual(yield* outcomes(2), first)
    })
  })

  it.effect("delays an answer on the test's clock", () =>
    Effect.gen(function*() {
      yield* put("/p")
      yield* InMemory.inject({ fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.timed(get))
      yield* TestClock.adjust("1 minute")
      const [took] = yield* Fiber.join(fiber)
      assert.strictEqual(Duration.toMillis(took), 60_000)
    }).pipe(Effect.provide(once)))

  it.effect("cuts the connection before AWS acts, or after it", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutParameter", nth: 1, fault: InMemory.cut("before") })
      yield* InMemory.inject({ operation: "PutParameter", nth: 2, fault: InMemory.cut("after") })
      for (const written of [false, true]) {
        const error = yield* Effect.flip(Ssm.send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String" })))
        assert.deepEqual([error.reason._tag, error.code, error.isRetryable], ["Unreachable", "ECONNRESET", true])
        assert.strictEqual((yield* Effect.result(get))._tag === "Success", written)
      }
      const cut = (yield* InMemory.calls).filter(({ outcome }) => outcome._tag === "Cut")
      assert.lengthOf(cut, 2)
    }).pipe(Effect.provide(once)))

  it.effect("answers with a fault of one's own, as the SDK's own exception", () =>
    Effect.gen(function*() {
      const fault = InMemory.fault({ code: "ParameterNotFound", message: "gone" })
      yield* put("/p")
      yield* InMemory.inject({ operation: "GetParameter", fault })
      const error = yield* Effect.flip(get)
      assert.instanceOf(error.cause, ParameterNotFound)
      assert.include(error.message, "gone")
    }).pipe(Effect.provide(once)))
})

describe("handle", () => {
  it.effect("answers a command that is not known, and one that is", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(ListDocumentsCommand, () => Effect.succeed({ DocumentIdentifiers: [{ Name: "own" }] }))
      const { DocumentIdentifiers } = yield* Ssm.send(new ListDocumentsCommand({}))
      assert.deepEqual(DocumentIdentifiers, [{ Name: "own" }])
      yield* InMemory.handle(GetParameterCommand, ({ Name }, { account }) =>
        Effect.succeed({ Parameter: { Name, Value: account } }))
      assert.deepEqual((yield* get).Parameter, { Name: "/p", Value: "123456789012" })
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the journal", () => {
  it.effect("tells each attempt, in order", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutParameter", nth: 1, fault: InMemory.throttled })
      yield* put("/p")
      yield* get
      yield* Effect.flip(Ssm.getParameter("/none"))
      assert.deepEqual(
        (yield* InMemory.calls).map(({ operation, outcome, service }) => [service, operation, outcome._tag]),
        [
          ["SSM", "PutParameter", "Refused"],
          ["SSM", "PutParameter", "Answered"],
          ["SSM", "GetParameter", "Answered"],
          ["SSM", "GetParameter", "Refused"]
        ]
      )
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1) }))))

  it("lists the commands that are answered", () => {
    assert.includeMembers([...InMemory.commands["SSM"] ?? []], ["GetParameter", "PutParameter"])
  })
})

describe("a raw client of the SDK", () => {
  it.effect("works on it as it is", () =>
    Effect.gen(function*() {
      const client = yield* AwsClients.get(SSMClient)
      yield* put("/p", "raw")
      const { Parameter } = yield* Effect.promise(() => client.send(new GetParameterCommand({ Name: "/p" })))
      assert.strictEqual(Parameter?.Value, "raw")
    }).pipe(Effect.provide(InMemory.layer())))
})
