import { CreateRoleCommand } from "@aws-sdk/client-iam"
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetSessionTokenCommand
} from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Tracer } from "effect"
import { AssumeRole, AwsClients, Ec2, Iam, InMemory, Retry, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { credentials } from "../support/Server.ts"

describe("environment", () => {
  it.effect("asks AWS once per Layer", () =>
    Effect.gen(function*() {
      const environment = yield* Sts.environment
      assert.strictEqual(yield* Sts.environment, environment)
      assert.strictEqual(String(environment), "aws://123456789012/eu-west-1")
      assert.lengthOf(yield* InMemory.calls, 1)
      const audit = { roleArn: "arn:aws:iam::222222222222:role/audit", sessionName: "me", region: "eu-west-2" }
      const there = yield* Sts.environment.pipe(Effect.provide(AssumeRole.layer(audit)))
      assert.strictEqual(String(there), "aws://222222222222/eu-west-2")
      assert.strictEqual(there.arn, "arn:aws:sts::222222222222:assumed-role/audit/me")
      assert.strictEqual(yield* Sts.environment, environment)
    }).pipe(Effect.provide(InMemory.layer({ region: "eu-west-1" }))))

  it.effect("has its own span each time it runs", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          names.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const twice = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.withTracer(Effect.andThen(effect, effect), tracer)
      yield* twice(Sts.environment)
      assert.deepEqual(names.splice(0), ["Sts.environment", "STS.GetCallerIdentity", "Sts.environment"])
      yield* twice(Ec2.availabilityZones)
      assert.deepEqual(names, [
        "Ec2.availabilityZones",
        "EC2.DescribeAvailabilityZones",
        "Ec2.availabilityZones",
        "EC2.DescribeAvailabilityZones"
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks again after a failure", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.serverFault })
      const error = yield* Effect.flip(Sts.environment)
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.strictEqual((yield* Sts.environment).account, "123456789012")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails when the credentials are rejected or unavailable", () =>
    Effect.gen(function*() {
      const { config } = yield* AwsClients
      const failureWith = (options: Partial<Parameters<typeof AwsClients.layer>[0]>) =>
        Effect.flip(Sts.environment).pipe(Effect.provide(AwsClients.layer({ ...config, ...options })))
      assert.strictEqual((yield* failureWith({ credentials })).reason._tag, "CredentialsRejected")
      const none = yield* failureWith({ credentials: () => Promise.reject(new Error("the vault is sealed")) })
      assert.strictEqual(none.reason._tag, "CredentialsUnavailable")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("STS in memory", () => {
  /** Clients that sign with these credentials. */
  const clientsOf = Effect.fnUntraced(function*(credentials: Credentials | undefined) {
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = credentials ?? {}
    const { config } = yield* AwsClients
    return Layer.orDie(AwsClients.layer({
      ...config,
      credentials: {
        accessKeyId: AccessKeyId,
        secretAccessKey: Redacted.make(SecretAccessKey),
        sessionToken: Redacted.make(SessionToken)
      }
    }))
  })
  const assume = (options: Partial<AssumeRoleCommandInput>) =>
    Sts.send(
      new AssumeRoleCommand({ RoleArn: "arn:aws:iam::222222222222:role/r", RoleSessionName: "test", ...options })
    )

  it.effect("issues a session token that signs as its user until it expires", () =>
    Effect.gen(function*() {
      const get = Sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
      const clients = yield* clientsOf((yield* get).Credentials)
      const { arn } = yield* Sts.environment
      assert.strictEqual((yield* Effect.provide(Sts.environment, clients)).arn, arn)
      const { message, reason } = yield* Effect.flip(Effect.provide(get, clients))
      assert.strictEqual(reason._tag, "AccessDenied")
      assert.include(message, "Cannot call GetSessionToken with session credentials")
      // A session of a user isn't a role, so role chaining doesn't limit the next session to an hour.
      yield* Effect.provide(assume({ DurationSeconds: 7200 }), clients)
      yield* TestClock.adjust("15 minutes")
      assert.strictEqual((yield* Effect.flip(Effect.provide(get, clients))).reason._tag, "CredentialsRejected")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("passes the source identity and the transitive tags on to the next role", () =>
    Effect.gen(function*() {
      const first = yield* assume({
        SourceIdentity: "somebody",
        Tags: [{ Key: "Team", Value: "capture" }, { Key: "stage", Value: "test" }],
        TransitiveTagKeys: ["team"]
      })
      const clients = yield* clientsOf(first.Credentials)
      const next = (options: Partial<AssumeRoleCommandInput>) => Effect.provide(assume(options), clients)
      assert.strictEqual((yield* next({ Tags: [{ Key: "stage", Value: "prod" }] })).SourceIdentity, "somebody")
      yield* next({ SourceIdentity: "somebody" })
      assert.strictEqual((yield* Effect.flip(next({ SourceIdentity: "else" }))).reason._tag, "AccessDenied")
      const { code } = yield* Effect.flip(next({ Tags: [{ Key: "team", Value: "viewer" }] }))
      assert.strictEqual(code, "InvalidParameterValue")
      const third = yield* clientsOf((yield* next({})).Credentials)
      assert.strictEqual((yield* Effect.provide(assume({}), third)).SourceIdentity, "somebody")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reads a web identity token, and rejects it when it has expired or isn't a JWT", () =>
    Effect.gen(function*() {
      const assumeWith = (WebIdentityToken: string) =>
        Sts.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: "arn:aws:iam::222222222222:role/r",
            RoleSessionName: "test",
            WebIdentityToken
          })
        )
      const claims = { iss: "https://example.com", sub: "someone", aud: ["app"], exp: 60 }
      const jwt = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`
      assert.deepInclude(yield* assumeWith(jwt), {
        SubjectFromWebIdentityToken: "someone",
        Audience: "app",
        Provider: "https://example.com"
      })
      yield* TestClock.adjust("1 minute")
      const { code, message } = yield* Effect.flip(assumeWith(jwt))
      assert.strictEqual(code, "ExpiredTokenException")
      assert.include(message, "current date/time 60 must be before the expiration date/time 60")
      assert.strictEqual((yield* Effect.flip(assumeWith("no jwt"))).code, "InvalidIdentityTokenException")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("matches the actions and the principals of a trust policy by AWS's rules", () =>
    Effect.gen(function*() {
      const trustOf = (Action: string, AWS: string) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Principal: { AWS } }] })
      yield* Iam.send(
        new CreateRoleCommand({ RoleName: "first", AssumeRolePolicyDocument: trustOf("sts:AssumeRole", "*") })
      )
      yield* Iam.send(
        new CreateRoleCommand({ RoleName: "irst", AssumeRolePolicyDocument: trustOf("sts:AssumeRole", "*") })
      )
      const first = yield* assume({ RoleArn: "arn:aws:iam::123456789012:role/first" })
      const session = yield* clientsOf(first.Credentials)
      const cases = [
        ["sts:AssumeRole*", "arn:aws:iam::123456789012:role/first", true],
        ["sts:assumerole", "arn:aws:sts::123456789012:assumed-role/first/test", true],
        ["sts:AssumeRole?", "*", false],
        ["sts:AssumeRole", "123456789012", true],
        ["sts:AssumeRoleWith*", "*", false],
        ["sts:AssumeRole", "arn:aws:iam::123456789012:role/irst", false]
      ] as const
      for (const [i, [action, principal, isAllowed]] of cases.entries()) {
        const RoleName = `second-${i}`
        yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf(action, principal) }))
        const exit = yield* assume({ RoleArn: `arn:aws:iam::123456789012:role/${RoleName}` }).pipe(
          Effect.provide(session),
          Effect.exit
        )
        assert.strictEqual(Exit.isSuccess(exit), isAllowed, `${action} for ${principal}`)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes ARNs in the partition of the region", () =>
    Effect.gen(function*() {
      const { AssumedRoleUser } = yield* assume({ RoleArn: "arn:aws-cn:iam::222222222222:role/r" })
      assert.strictEqual(AssumedRoleUser?.Arn, "arn:aws-cn:sts::222222222222:assumed-role/r/test")
      assert.match((yield* Sts.environment).arn, /^arn:aws-cn:iam::123456789012:user\//)
    }).pipe(Effect.provide(InMemory.layer({ region: "cn-north-1" }))))
})
