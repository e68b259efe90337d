import { S3Client } from "@aws-sdk/client-s3"
import { AssumeRoleCommand, type AssumeRoleCommandInput, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import type { Pluggable } from "@smithy/types"
import { Clock, Config, ConfigProvider, Effect, Exit, Fiber, Layer, Redacted, Scope, Tracer } from "effect"
import { AssumeRole, AwsClients, Compute, InMemory, Profile, Retry, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { environment, home, sts, whoAmI } from "../support/Environment.ts"
import { until } from "../support/s3.ts"
import { clientsOf } from "../support/Server.ts"
import { tenServices, tenTimes } from "../support/tenServices.ts"

const roleArn = "arn:aws:iam::210987654321:role/audit"
const audit = { roleArn, sessionName: "me" }

const identity = Sts.send(new GetCallerIdentityCommand({}))
const account = Effect.map(identity, ({ Account }) => Account)

/** A role over the in-memory AWS, which stays in the context for tests to control. */
const inRole = (options: AssumeRole.Options = audit, aws = InMemory.layer()) =>
  AssumeRole.layer(options).pipe(Layer.provideMerge(aws))

const assumeRoleCalls = Effect.map(
  InMemory.calls,
  (calls) => calls.filter(({ operation }) => operation === "AssumeRole")
)

/** The input of the AssumeRole call that building the Layer makes. */
const sentInput = (options: AssumeRole.Options) =>
  Effect.map(assumeRoleCalls, (calls) => calls[0]!.input as AssumeRoleCommandInput).pipe(
    Effect.provide(inRole(options))
  )

describe("a role", () => {
  it.effect("switches to the role's account and its state", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/where", value: "the program's own account" })
      yield* Effect.gen(function*() {
        const { Account, Arn } = yield* identity
        assert.deepEqual([Account, Arn], ["210987654321", "arn:aws:sts::210987654321:assumed-role/audit/me"])
        const error = yield* Effect.flip(Ssm.getParameter("/where"))
        assert.strictEqual(error._tag, "ParameterDoesNotExist")
      }).pipe(Effect.provide(AssumeRole.layer(audit)))
      assert.strictEqual(yield* account, "123456789012")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("assumes a role from another role", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* account, "333333333333")
      const calls = yield* assumeRoleCalls
      assert.deepEqual(calls.map((call) => call.account), ["123456789012", "210987654321"])
    }).pipe(
      Effect.provide(
        AssumeRole.layer({ roleArn: "arn:aws:iam::333333333333:role/last", sessionName: "me" }).pipe(
          Layer.provideMerge(inRole())
        )
      )
    ))

  it.effect("assumes the role once for a hundred concurrent calls of ten services", () =>
    Effect.gen(function*() {
      yield* tenTimes(tenServices)
      const calls = yield* InMemory.calls
      assert.lengthOf(calls.filter(({ operation }) => operation === "AssumeRole"), 1)
      assert.lengthOf(calls.filter((call) => call.account === "210987654321"), 100)
    }).pipe(Effect.provide(inRole())))

  it.effect("assumes the role again, once, five minutes before its credentials expire", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("24 minutes")
      yield* identity
      assert.lengthOf(yield* assumeRoleCalls, 1)
      yield* TestClock.adjust("2 minutes")
      yield* tenTimes(tenServices)
      yield* until("the new session", Effect.map(assumeRoleCalls, ({ length }) => length > 1))
      yield* tenTimes(tenServices)
      assert.lengthOf(yield* assumeRoleCalls, 2)
      yield* TestClock.adjust("10 hours")
      assert.strictEqual(yield* account, "210987654321")
      assert.lengthOf(yield* assumeRoleCalls, 3)
    }).pipe(Effect.provide(inRole({ ...audit, duration: "30 minutes" }))))

  it.effect("refreshes every role of a chain", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* account, "333333333333")
      assert.lengthOf(yield* assumeRoleCalls, 4)
    }).pipe(
      Effect.provide(
        AssumeRole.layer({ roleArn: "arn:aws:iam::333333333333:role/last", sessionName: "me" }).pipe(
          Layer.provideMerge(inRole())
        )
      )
    ))

  it.effect("uses the old credentials until they expire when a refresh fails, then tries again", () =>
    Effect.gen(function*() {
      let refuse = false
      const refusing: Pluggable<any, any> = {
        applyToStack: (stack) =>
          stack.add((next, { commandName }) => (args) => {
            if (!refuse || commandName !== "AssumeRoleCommand") return next(args)
            const $metadata = { httpStatusCode: 403 }
            throw Object.assign(new Error("no more"), { name: "AccessDenied", $fault: "client", $metadata })
          }, { step: "build" })
      }
      yield* Effect.gen(function*() {
        refuse = true
        yield* TestClock.adjust("57 minutes")
        assert.strictEqual(yield* account, "210987654321")
        yield* TestClock.adjust("4 minutes")
        const error = yield* Effect.flip(identity)
        assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
        for (const part of [roleArn, "AccessDenied", "no more"]) assert.include(error.message, part)
        refuse = false
        assert.strictEqual(yield* account, "210987654321")
        assert.lengthOf(yield* assumeRoleCalls, 2)
      }).pipe(Effect.provide(inRole(audit, InMemory.layer({ plugins: [refusing] }))))
    }))
})

describe("a role that can't be assumed", () => {
  const denied = Effect.fail(InMemory.fault({ code: "AccessDenied", message: "not you", statusCode: 403 }))
  const failure = (options: AssumeRole.Options) =>
    Effect.scoped(Layer.build(AssumeRole.layer(options))).pipe(
      Effect.catchTag("InvalidSetting", Effect.die),
      Effect.flip
    )

  it.effect("fails with AssumeRoleFailed and its cause when the Layer is built", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(AssumeRoleCommand, () => denied)
      const error = yield* failure(audit)
      assert.strictEqual(error._tag, "AssumeRoleFailed")
      assert.deepEqual([error.roleArn, error.sessionName], [roleArn, "me"])
      assert.deepEqual([error.cause.reason._tag, error.cause.code], ["AccessDenied", "AccessDenied"])
      assert.isFalse(error.isRetryable)
      for (const part of [roleArn, "AccessDenied", "not you"]) assert.include(error.message, part)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("says that the role may not exist, or not trust the caller, if AWS denies access", () =>
    Effect.gen(function*() {
      const caller = "arn:aws:sts::123456789012:assumed-role/inventory/me"
      // AWS's own words: https://repost.aws/knowledge-center/iam-assume-role-error
      const message = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
      for (const [said, who] of [[message, caller], ["Access denied", "the caller"]] as const) {
        const fault = InMemory.fault({ code: "AccessDenied", message: said, statusCode: 403 })
        yield* InMemory.handle(AssumeRoleCommand, () => Effect.fail(fault))
        const error = yield* failure(audit)
        if (error._tag !== "AssumeRoleFailed") return assert.fail(error.message)
        assert.include(
          error.message,
          `The role doesn't exist, or its trust policy doesn't allow ${who}, or the policies of`
        )
        assert.notInclude(error.message, "MFA")
        assert.deepEqual([error.cause.statusCode, error.cause.mayHaveSucceeded], [403, false])
        assert.isDefined(error.cause.requestId)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  const cyclic: { self?: object } = {}
  cyclic.self = cyclic
  const unusable: ReadonlyArray<Partial<AssumeRole.Options>> = [
    { duration: Infinity },
    { duration: "soon" as any },
    { duration: NaN },
    { policy: cyclic },
    { policy: { id: 1n } },
    { region: "eu central 1" }
  ]
  for (const options of unusable) {
    const [[name, value] = []] = Object.entries(options)
    it.effect(`fails with InvalidSetting for the option ${name}: ${inspect(value)}, and sends nothing`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(AssumeRole.layer({ ...audit, ...options }))))
        assert.deepEqual(
          error._tag === "InvalidSetting" && error.setting,
          `The \`${name}\` option`
        )
        assert.isEmpty(yield* InMemory.calls)
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("retries by the policy of the Layer below", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const error = yield* failure(audit)
      assert.strictEqual(error.cause.reason._tag, "Throttled")
      assert.isTrue(error.isRetryable)
      assert.lengthOf(yield* assumeRoleCalls, 1)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails when a duration, session name or ARN is invalid, or a chained session would last over an hour", () =>
    Effect.gen(function*() {
      const wrong = [{ duration: "1 minute" }, { sessionName: "a name" }, { roleArn: "audit" }] as const
      for (const options of wrong) {
        assert.strictEqual((yield* failure({ ...audit, ...options })).cause.code, "ValidationError")
      }
      const chained = yield* failure({ ...audit, duration: "2 hours" }).pipe(Effect.provide(AssumeRole.layer(audit)))
      assert.include(chained.message, "role chaining")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with Unreadable when the answer has no credentials", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(AssumeRoleCommand, () => Effect.succeed({}))
      assert.strictEqual((yield* failure(audit)).cause.reason._tag, "Unreadable")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("aborts the AssumeRole call when the Layer's build is interrupted", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 hour") })
      const fiber = yield* Effect.forkChild(failure(audit))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.strictEqual((yield* assumeRoleCalls)[0]?.outcome._tag, "Interrupted")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the AssumeRole request", () => {
  it.effect("sends every option to STS", () =>
    Effect.gen(function*() {
      assert.deepEqual(
        yield* sentInput({
          ...audit,
          externalId: "x-1",
          duration: "20 minutes",
          policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
          policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
          tags: { team: "security", stage: "prod" },
          transitiveTagKeys: ["team"],
          serialNumber: "arn:aws:iam::123456789012:mfa/me",
          tokenCode: Effect.succeed("123456")
        }),
        {
          RoleArn: roleArn,
          RoleSessionName: "me",
          ExternalId: "x-1",
          DurationSeconds: 1_200,
          Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
          PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
          Tags: [{ Key: "team", Value: "security" }, { Key: "stage", Value: "prod" }],
          TransitiveTagKeys: ["team"],
          SerialNumber: "arn:aws:iam::123456789012:mfa/me",
          TokenCode: "123456"
        }
      )
      const policy = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
      const { DurationSeconds, Policy } = yield* sentInput({ ...audit, policy })
      assert.deepEqual([Policy, DurationSeconds], [policy, undefined])
    }))

  it.effect("asks for a new MFA code at each refresh", () =>
    Effect.gen(function*() {
      let code = 100_000
      const tokenCode = Effect.sync(() => Redacted.make(String(++code)))
      yield* Effect.gen(function*() {
        yield* TestClock.adjust("2 hours")
        yield* identity
        const codes = (yield* assumeRoleCalls).map(({ input }) => (input as AssumeRoleCommandInput).TokenCode)
        assert.deepEqual(codes, ["100001", "100002"])
      }).pipe(Effect.provide(inRole({ ...audit, serialNumber: "GAHT12345678", tokenCode })))
    }))

  it.effect("reads the role, session name and duration from Config", () =>
    Effect.gen(function*() {
      const layer = AssumeRole.layerConfig({
        roleArn: Config.String("ROLE"),
        sessionName: Config.String("SESSION"),
        duration: Config.Duration("DURATION")
      }).pipe(Layer.provideMerge(InMemory.layer()))
      const from = (values: object) =>
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(values))
      const values = { ROLE: roleArn, SESSION: "me", DURATION: "20 minutes" }
      const [call] = yield* assumeRoleCalls.pipe(Effect.provide(layer), from(values))
      assert.strictEqual((call!.input as AssumeRoleCommandInput).DurationSeconds, 1_200)
      const error = yield* Effect.flip(Effect.provide(account, layer)).pipe(from({ ...values, ROLE: undefined }))
      assert.strictEqual(error._tag, "ConfigError")
    }))
})

describe("the clients of a role", () => {
  it.effect("creates new clients with the configuration of the Layer below", () =>
    Effect.gen(function*() {
      const base = yield* AwsClients
      const role = yield* AwsClients.pipe(Effect.provide(AssumeRole.layer(audit)))
      assert.notStrictEqual(role.get(S3Client), base.get(S3Client))
      assert.strictEqual(role.config.requestHandler, base.config.requestHandler)
      assert.deepEqual([role.config.region, role.config.retry], ["eu-west-1", Retry.none])
      const other = yield* AwsClients.pipe(
        Effect.provide(
          AssumeRole.layer({ ...audit, region: "eu-west-2", endpoint: undefined, requestHandler: undefined })
        )
      )
      assert.strictEqual(other.config.region, "eu-west-2")
      assert.strictEqual(other.config.requestHandler, base.config.requestHandler)
    }).pipe(Effect.provide(InMemory.layer({ region: "eu-west-1", retry: Retry.none }))))

  it.effect("hides the session's secrets when the configuration is printed", () =>
    Effect.gen(function*() {
      const secrets: Array<string> = []
      yield* InMemory.handle(AssumeRoleCommand, () =>
        Effect.succeed({
          Credentials: {
            AccessKeyId: "ASIA",
            SecretAccessKey: "planted-secret",
            SessionToken: "planted-token",
            Expiration: new Date(3_600_000)
          }
        }))
      const { config } = yield* AwsClients.pipe(Effect.provide(AssumeRole.layer(audit)))
      secrets.push(inspect(config, { depth: Infinity, showHidden: true }), JSON.stringify(config))
      for (const print of secrets) assert.notInclude(print, "planted")
    }).pipe(Effect.provide(InMemory.layer())))

  it.live("shares the connections of the Layer below and leaves them open", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      yield* Effect.gen(function*() {
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(AssumeRole.layer(audit), scope)
        assert.strictEqual(yield* Effect.provide(whoAmI, context), "ASIAaudit")
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* whoAmI, "AKIATEST")
      }).pipe(Effect.provide(clientsOf(url)))
      assert.deepEqual(calls.map(({ accessKeyId }) => accessKeyId), ["AKIATEST", "ASIAaudit", "AKIATEST"])
    }))

  it.effect("refreshes credentials in a root span, not under the span of the Layer's build", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(inRole(), scope).pipe(
        Effect.withSpan("build"),
        Effect.withTracer(tracer)
      )
      yield* TestClock.adjust("2 hours")
      yield* Effect.provide(identity, context)
      yield* Scope.close(scope, Exit.void)
      const [build] = spans.filter(({ name }) => name === "build")
      const assuming = spans.filter(({ name }) => name === "STS.AssumeRole")
      const parents = assuming.map((span) => span.parent._tag === "Some" ? span.parent.value.spanId : undefined)
      assert.deepEqual(parents, [build!.spanId, undefined])
    }))
})

describe("AssumeRole over other Layers", () => {
  it.live("assumes a role with the credentials of a profile", () =>
    Effect.gen(function*() {
      const { calls, url } = yield* sts()
      yield* home({
        config: "[profile central]\nregion = us-east-1",
        credentials: "[central]\naws_access_key_id = AKIACENTRAL\naws_secret_access_key = planted-secret"
      })
      const layer = AssumeRole.layer(audit).pipe(Layer.provide(Profile.layer({ profile: "central", endpoint: url })))
      assert.strictEqual(yield* Effect.provide(whoAmI, layer), "ASIAaudit")
      assert.deepEqual(calls.map(({ accessKeyId }) => accessKeyId), ["AKIACENTRAL", "ASIAaudit"])
      assert.strictEqual(calls[1]?.sessionToken, "token-of-audit")
    }))

  it.effect("assumes a role with compute credentials and refreshes it", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.clockWith(Effect.succeed)
      const { calls, url } = yield* sts({ now: () => clock.currentTimeMillisUnsafe() })
      yield* environment({ AWS_ACCESS_KEY_ID: "ASIALAMBDA", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" })
      yield* Effect.gen(function*() {
        yield* whoAmI
        yield* TestClock.adjust("61 minutes")
        yield* Effect.all(Array.from({ length: 10 }, () => whoAmI), { concurrency: "unbounded" })
      }).pipe(
        Effect.provide(
          AssumeRole.layer(audit).pipe(Layer.provide(Compute.layer({ endpoint: url, region: "us-east-1" })))
        )
      )
      assert.lengthOf(calls.filter(({ action }) => action === "AssumeRole"), 2)
    }))

  it.live("fails with AssumeRoleFailed when STS denies the role over HTTP", () =>
    Effect.gen(function*() {
      const { url } = yield* sts()
      const layer = AssumeRole.layer({ ...audit, roleArn: "arn:aws:iam::210987654321:role/denied" }).pipe(
        Layer.provide(clientsOf(url))
      )
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      if (error._tag !== "AssumeRoleFailed") return assert.fail(error.message)
      assert.strictEqual(error.cause.reason._tag, "AccessDenied")
    }))
})
