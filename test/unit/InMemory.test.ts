// The in-memory AWS itself: state, authentication, roles, pages, injected faults and the journal.
import { DescribeCertificateCommand, RequestCertificateCommand } from "@aws-sdk/client-acm"
import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { CreateDomainCommand, DescribeDomainCommand } from "@aws-sdk/client-opensearch"
import { GetObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3"
import {
  DescribePatchBaselinesCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient
} from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Console, Deferred, Duration, Effect, Exit, Fiber, Layer, Redacted, Result, Schedule } from "effect"
import {
  Acm,
  AssumeRole,
  AwsClients,
  type AwsError,
  AwsService,
  Ec2,
  Iam,
  InMemory,
  OpenSearch,
  Retry,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const put = (name: string, value = "v") => Ssm.putParameter({ name, value, overwrite: true })
const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))

/** Clients of the same AWS, with other keys or in another region. */
const clientsWith = (options: Partial<Parameters<typeof AwsClients.layer>[0]>) =>
  Layer.effect(
    AwsClients,
    Effect.flatMap(AwsClients, ({ config }) => AwsClients.make({ ...config, ...options }))
  ).pipe(Layer.orDie)

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

it.live("a call leaves it to TestClock to warn of a test that waits", () =>
  Effect.gen(function*() {
    const warned = yield* Deferred.make<void>()
    const warn = () => Deferred.doneUnsafe(warned, Effect.void)
    const hanging = Effect.gen(function*() {
      yield* put("/p")
      yield* Effect.forkChild(Effect.sleep("1 hour"))
      yield* Deferred.await(warned)
    })
    yield* hanging.pipe(
      Effect.provide(Layer.provideMerge(InMemory.layer(), TestClock.layer({ warningDelay: "1 millis" }))),
      Effect.provideService(Console.Console, { ...globalThis.console, error: warn, log: warn, warn })
    )
  }))

describe("state", () => {
  it.effect("keeps separate state for each account and region", () =>
    Effect.gen(function*() {
      yield* put("/p", "here")
      const credentials = yield* session("222222222222")
      for (const elsewhere of [clientsWith({ region: "eu-west-1" }), clientsWith({ credentials })]) {
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

  it.effect("keeps separate state for each Layer", () =>
    Effect.gen(function*() {
      yield* put("/p").pipe(Effect.provide(InMemory.layer()))
      const error = yield* Effect.flip(get).pipe(Effect.provide(InMemory.layer()))
      assert.strictEqual(error.code, "ParameterNotFound")
    }))

  const domain = OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))

  it.effect("protects its state from changes to an answer or to the journal's output", () =>
    Effect.gen(function*() {
      yield* OpenSearch.send(new CreateDomainCommand({ DomainName: "logs" }))
      const answer = yield* domain
      const instanceType = answer.DomainStatus?.ClusterConfig?.InstanceType
      answer.DomainStatus!.ClusterConfig!.InstanceType = "t3.small.search"
      answer.DomainStatus!.EBSOptions = {}
      const [, entry] = yield* InMemory.calls
      assert.strictEqual(entry?.outcome._tag, "Answered")
      if (entry?.outcome._tag === "Answered") {
        const journaled = entry.outcome.output as typeof answer
        assert.strictEqual(journaled.DomainStatus?.ClusterConfig?.InstanceType, instanceType)
        journaled.DomainStatus!.ClusterConfig!.InstanceType = "t3.medium.search"
      }
      assert.strictEqual((yield* domain).DomainStatus?.ClusterConfig?.InstanceType, instanceType)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("protects its state from changes to an input or to the journal's input", () =>
    Effect.gen(function*() {
      const input = { DomainName: "logs", EBSOptions: { EBSEnabled: true, VolumeSize: 20 } }
      yield* OpenSearch.send(new CreateDomainCommand(input))
      input.EBSOptions.VolumeSize = 30
      const size = Effect.map(domain, ({ DomainStatus }) => DomainStatus?.EBSOptions?.VolumeSize)
      assert.strictEqual(yield* size, 20)
      const journaled = (yield* InMemory.calls)[0]!.input as typeof input
      assert.strictEqual(journaled.EBSOptions.VolumeSize, 20)
      journaled.EBSOptions.VolumeSize = 40
      assert.strictEqual(yield* size, 20)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("protects other Layers from changes to an answer", () => {
    const aws = <A, E>(effect: Effect.Effect<A, E, AwsClients>) =>
      OpenSearch.send(new CreateDomainCommand({ DomainName: "logs" })).pipe(
        Effect.andThen(effect),
        Effect.provide(InMemory.layer())
      )
    return Effect.gen(function*() {
      const answer = yield* aws(domain)
      const before = structuredClone(answer.DomainStatus?.ClusterConfig)
      answer.DomainStatus!.ClusterConfig!.InstanceCount = 99
      answer.DomainStatus!.ClusterConfig!.ColdStorageOptions!.Enabled = true
      assert.deepEqual((yield* aws(domain)).DomainStatus?.ClusterConfig, before)
    })
  })
})

describe("authentication", () => {
  it.effect("rejects an unknown key with each protocol's error code", () =>
    Effect.gen(function*() {
      const wrong = clientsWith({ credentials: { accessKeyId: "AKIAWRONG", secretAccessKey: Redacted.make("wrong") } })
      const json = yield* Effect.flip(get).pipe(Effect.provide(wrong))
      assert.deepEqual([json.reason._tag, json.code], ["CredentialsRejected", "UnrecognizedClientException"])
      const query = yield* Effect.flip(Sts.send(new GetCallerIdentityCommand({}))).pipe(Effect.provide(wrong))
      assert.deepEqual([query.reason._tag, query.code], ["CredentialsRejected", "InvalidClientTokenId"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects a wrong secret with each protocol's error code", () =>
    Effect.gen(function*() {
      const { config } = yield* AwsClients
      const { accessKeyId } = yield* Effect.promise(() => config.credentials())
      const wrong = clientsWith({ credentials: { accessKeyId, secretAccessKey: Redacted.make("wrong") } })
      const calls: ReadonlyArray<readonly [Effect.Effect<unknown, AwsError, AwsClients>, string, number]> = [
        [get, "InvalidSignatureException", 400],
        [Sts.send(new GetCallerIdentityCommand({})), "SignatureDoesNotMatch", 403],
        [Ec2.send(new DescribeVpcsCommand({})), "AuthFailure", 401],
        [S3.send(new ListBucketsCommand({})), "SignatureDoesNotMatch", 403]
      ]
      for (const [call, code, statusCode] of calls) {
        const error = yield* Effect.flip(call).pipe(Effect.provide(wrong))
        assert.deepEqual([error.reason._tag, error.code, error.statusCode], ["CredentialsRejected", code, statusCode])
      }
      yield* Sts.environment
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects a session with a wrong secret", () =>
    Effect.gen(function*() {
      const credentials = { ...(yield* session("222222222222")), secretAccessKey: Redacted.make("wrong") }
      const error = yield* Effect.flip(get).pipe(Effect.provide(clientsWith({ credentials })))
      assert.deepEqual([error.reason._tag, error.code], ["CredentialsRejected", "InvalidSignatureException"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("expires a session on the test clock", () =>
    Effect.gen(function*() {
      const later = clientsWith({ credentials: yield* session("222222222222", { DurationSeconds: 900 }) })
      yield* TestClock.adjust("14 minutes")
      const { account } = yield* Sts.environment.pipe(Effect.provide(later))
      assert.strictEqual(account, "222222222222")
      yield* TestClock.adjust("1 minute")
      const error = yield* Effect.flip(get).pipe(Effect.provide(later))
      assert.deepEqual([error.reason._tag, error.code], ["CredentialsRejected", "ExpiredTokenException"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a role", () => {
  const createRole = (RoleName: string, statements: ReadonlyArray<object> | object, options: object = {}) =>
    Iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
        ...options
      })
    )
  const allow = (AWS: unknown, rest: object = {}) => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: "sts:AssumeRole",
    ...rest
  })
  const own = "123456789012"
  const user = `arn:aws:iam::${own}:user/in-memory`
  const jwt = (claims: object) =>
    [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") +
    ".signature"

  /** The session's ARN, or the error code, when role `r` of the program's own account has this trust policy. */
  const assumeOutcome = (trust: ReadonlyArray<object> | object, options: object = {}) =>
    createRole("r", trust).pipe(
      Effect.andThen(Sts.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${own}:role/r`, RoleSessionName: "test", ...options })
      )),
      Effect.match({ onFailure: ({ code }) => code, onSuccess: ({ AssumedRoleUser }) => AssumedRoleUser?.Arn }),
      Effect.provide(InMemory.layer())
    )
  const granted = `arn:aws:sts::${own}:assumed-role/r/test`
  const denied = "AccessDenied"

  it.effect("lets the principals that a trust policy names assume the role", () =>
    Effect.gen(function*() {
      for (const AWS of [`arn:aws:iam::${own}:root`, own, user, "*", ["222222222222", user]]) {
        assert.strictEqual(yield* assumeOutcome(allow(AWS)), granted, String(AWS))
      }
      assert.strictEqual(yield* assumeOutcome([allow("222222222222"), allow(own)]), granted)
      assert.strictEqual(yield* assumeOutcome({ ...allow(own), Principal: "*" }), granted)
      assert.strictEqual(yield* assumeOutcome(allow(own, { Action: ["sts:TagSession", "sts:AssumeRole*"] })), granted)
    }))

  it.effect("denies a role to principals that its trust policy doesn't name", () =>
    Effect.gen(function*() {
      for (const AWS of ["arn:aws:iam::222222222222:root", "222222222222", user.replace(own, "222222222222")]) {
        assert.strictEqual(yield* assumeOutcome(allow(AWS)), denied, AWS)
      }
      assert.strictEqual(yield* assumeOutcome({ ...allow(own), Principal: { Service: "ec2.amazonaws.com" } }), denied)
      assert.strictEqual(yield* assumeOutcome(allow(own, { Action: "sts:AssumeRoleWithWebIdentity" })), denied)
      assert.strictEqual(yield* assumeOutcome({ ...allow(own), Effect: "Deny" }), denied)
      assert.strictEqual(yield* assumeOutcome([allow(own), { ...allow(user), Effect: "Deny" }]), denied)
    }))

  it.effect("can't have a trust policy with NotPrincipal, which isn't evaluated", () =>
    Effect.gen(function*() {
      const { Principal: NotPrincipal, ...rest } = allow(own)
      for (const effect of ["Allow", "Deny"]) {
        const exit = yield* Effect.exit(createRole("r", { ...rest, Effect: effect, NotPrincipal }))
        assert.include(String(exit), "doesn't evaluate NotPrincipal in trust policies")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("requires the external id that a trust policy names", () =>
    Effect.gen(function*() {
      const trust = allow(own, { Condition: { StringEquals: { "sts:ExternalId": "x-1" } } })
      assert.strictEqual(yield* assumeOutcome(trust, { ExternalId: "x-1" }), granted)
      assert.strictEqual(yield* assumeOutcome(trust, { ExternalId: "yy" }), denied)
      assert.strictEqual(yield* assumeOutcome(trust), denied)
      assert.strictEqual(yield* assumeOutcome(allow(own), { ExternalId: "not-asked-for" }), granted)
    }))

  it.effect("matches a session by the ARN of its role or by its own", () =>
    Effect.gen(function*() {
      const there = "222222222222"
      const credentials = clientsWith({ credentials: yield* session(there) })
      const outcome = (AWS: string, RoleName: string) =>
        createRole(RoleName, allow(AWS)).pipe(
          Effect.andThen(
            Sts.send(
              new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${own}:role/${RoleName}`, RoleSessionName: "test" })
            ).pipe(Effect.provide(credentials))
          ),
          Effect.match({ onFailure: ({ code }) => code, onSuccess: () => "granted" })
        )
      const trusted = [
        `arn:aws:iam::${there}:role/r`,
        `arn:aws:iam::${there}:role/path/r`,
        `arn:aws:sts::${there}:assumed-role/r/test`
      ]
      for (const [i, arn] of trusted.entries()) assert.strictEqual(yield* outcome(arn, `y${i}`), "granted", arn)
      const distrusted = [
        `arn:aws:iam::${there}:role/other-r`,
        "arn:aws:iam::333333333333:role/r",
        `arn:aws:sts::${there}:assumed-role/r/test2`
      ]
      for (const [i, arn] of distrusted.entries()) assert.strictEqual(yield* outcome(arn, `n${i}`), denied, arn)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("denies a missing role if its account has other roles, and grants it if the account has none", () =>
    Effect.gen(function*() {
      yield* session("222222222222")
      yield* session(own)
      yield* createRole("other", allow(own))
      const error = yield* Effect.flip(session(own))
      assert.deepEqual([error.reason._tag, error.code, error.statusCode], [denied, denied, 403])
      assert.include(
        error.message,
        `User: ${user} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${own}:role/r`
      )
      yield* createRole("r", allow(own), { Path: "/path/" })
      assert.strictEqual((yield* Effect.flip(session(own))).code, denied)
      yield* session("222222222222")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("limits sessions to the role's MaxSessionDuration", () =>
    Effect.gen(function*() {
      yield* createRole("r", allow(own), { MaxSessionDuration: 7200 })
      yield* session(own, { DurationSeconds: 7200 })
      const error = yield* Effect.flip(session(own, { DurationSeconds: 7201 }))
      assert.deepEqual([error.code, error.statusCode], ["ValidationError", 400])
      assert.include(error.message, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("lets a web identity assume a role whose trust policy names its provider", () =>
    Effect.gen(function*() {
      const assume = (name: string) =>
        Sts.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: `arn:aws:iam::${own}:role/${name}`,
            RoleSessionName: "test",
            WebIdentityToken: jwt({ iss: "https://example.com", sub: "someone", aud: "app" })
          })
        )
      const Principal = { Federated: `arn:aws:iam::${own}:oidc-provider/example.com` }
      yield* createRole("web", { ...allow(own), Principal, Action: "sts:AssumeRoleWithWebIdentity" })
      yield* createRole("r", allow("*"))
      yield* assume("web")
      const error = yield* Effect.flip(assume("r"))
      assert.strictEqual(error.code, denied)
      assert.include(error.message, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("pages", () => {
  it.effect("accepts a pagination token only for its own list", () =>
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

  it.effect("continues after the last item even if the list has changed", () =>
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
  const withoutRetries = InMemory.layer({ retry: Retry.none })

  it.effect("throttles with the service's own error code", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const json = yield* Effect.flip(get)
      assert.deepEqual([json.reason._tag, json.code], ["Throttled", "ThrottlingException"])
      const query = yield* Effect.flip(Sts.send(new GetCallerIdentityCommand({})))
      assert.deepEqual([query.reason._tag, query.code], ["Throttled", "Throttling"])
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("refuses names that nothing has, and numbers that select no call", () =>
    Effect.gen(function*() {
      const problemOf = (injection: Omit<InMemory.Injection, "fault">) =>
        Effect.map(
          Effect.exit(InMemory.inject({ ...injection, fault: InMemory.throttled })),
          (exit) => Exit.isFailure(exit) ? String(exit) : ""
        )
      assert.include(yield* problemOf({ service: "s3" }), "There is no service \"s3\". Did you mean S3?")
      assert.include(yield* problemOf({ service: "SSM", operation: "GetParam" }), "SSM has no operation")
      assert.include(yield* problemOf({ operation: "getParameter" }), "Did you mean GetParameter?")
      assert.include(yield* problemOf({ nth: 0 }), "nth has to be a whole number from 1, and 0 isn't.")
      assert.include(yield* problemOf({ times: 1.5 }), "times has to be a whole number")
      assert.include(yield* problemOf({ share: 10 }), "share has to be a number from 0 to 1, and 10 isn't.")
      assert.include(yield* problemOf({ service: "Lambda" }), "There is no service")
      yield* InMemory.handle(InvokeCommand, () => Effect.succeed({}))
      yield* InMemory.handle(DescribePatchBaselinesCommand, () => Effect.succeed({}))
      assert.strictEqual(yield* problemOf({ service: "Lambda", operation: "Invoke" }), "")
      assert.strictEqual(yield* problemOf({ service: "SSM", operation: "DescribePatchBaselines" }), "")
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("refuses members that an injection doesn't have, which would make it affect all calls", () =>
    Effect.gen(function*() {
      const problemOf = (injection: object) =>
        Effect.map(
          Effect.exit(InMemory.inject(injection as InMemory.Injection)),
          (exit) => Exit.isFailure(exit) ? String(exit) : ""
        )
      const fault = InMemory.throttled
      assert.include(
        yield* problemOf({ Account: "111111111111", fault }),
        "An injection has no member \"Account\". Did you mean account? Its members are service, operation, account, region, "
      )
      assert.include(
        yield* problemOf({ accounts: ["111111111111"], fault }),
        "An injection has no member \"accounts\"."
      )
      assert.include(yield* problemOf({ account: 111111111111, fault }), "account has to be a text of 12 digits")
      assert.include(
        yield* problemOf({ account: "1", fault }),
        "account has to be a text of 12 digits, and \"1\" isn't."
      )
      assert.include(yield* problemOf({ region: "US-EAST-1", fault }), "region has to be the name of a region")
      assert.include(yield* problemOf({ region: "", fault }), "region has to be the name of a region")
      assert.include(yield* problemOf({ operation: "GetParameter" }), "fault has to be InMemory.throttled")
      yield* put("/p")
      yield* get
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("picks calls by the account that makes them and the region that they go to", () =>
    Effect.gen(function*() {
      const answered = (account: string, region: string) =>
        Effect.map(
          Effect.result(Sts.environment.pipe(
            Effect.andThen(Ssm.putParameter({ name: "/p", value: "v", overwrite: true })),
            Effect.provide(
              AwsClients.inRegion(region).pipe(
                Layer.provide(AssumeRole.layer({ roleArn: `arn:aws:iam::${account}:role/r`, sessionName: "test" }))
              )
            )
          )),
          Result.isSuccess
        )
      const places = Effect.forEach(
        [["111111111111", "us-east-1"], ["111111111111", "eu-west-1"], ["222222222222", "eu-west-1"]] as const,
        ([account, region]) => answered(account, region)
      )
      const service = "SSM"
      yield* InMemory.inject({ service, account: "111111111111", region: "eu-west-1", fault: InMemory.serverFault })
      assert.deepEqual(yield* places, [true, false, true])
      yield* InMemory.inject({ service, account: "222222222222", nth: 1, fault: InMemory.serverFault })
      assert.deepEqual(yield* places, [true, false, false])
      assert.deepEqual(yield* places, [true, false, true])
      yield* InMemory.inject({ service, region: "us-east-1", fault: InMemory.serverFault })
      assert.deepEqual(yield* places, [false, false, true])
      // The caller asks for a session: the account of the role isn't the one that calls.
      yield* InMemory.inject({ operation: "AssumeRole", account: "222222222222", fault: InMemory.serverFault })
      assert.deepEqual(yield* places, [false, false, true])
      yield* InMemory.inject({ operation: "AssumeRole", account: "123456789012", fault: InMemory.serverFault })
      assert.deepEqual(yield* places, [false, false, false])
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("picks calls by service, operation, ordinal and count", () =>
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
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("affects a share of the calls, the same one for the same seed", () => {
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

  it.effect("delays an answer on the test clock", () =>
    Effect.gen(function*() {
      yield* put("/p")
      yield* InMemory.inject({ fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.timed(get))
      yield* TestClock.adjust("1 minute")
      const [took] = yield* Fiber.join(fiber)
      assert.strictEqual(Duration.toMillis(took), 60_000)
    }).pipe(Effect.provide(withoutRetries)))

  for (const when of ["before", "after"] as const) {
    it.effect(`${when === "before" ? "does nothing" : "completes the operation"} when the caller gives up on a call delayed ${when} AWS acts`, () =>
      Effect.gen(function*() {
        yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.delay("1 hour", when) })
        const fiber = yield* Effect.forkChild(Effect.flip(Effect.timeout(put("/p"), "1 minute")))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimeoutError")
        const [call] = yield* InMemory.calls
        assert.deepEqual([call?.operation, call?.outcome._tag], ["PutParameter", "Interrupted"])
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Effect.result(get))._tag, when === "after" ? "Success" : "Failure")
      }).pipe(Effect.provide(withoutRetries)))
  }

  it.effect("delays an answer as of when AWS acted, and also a rejection or a lost answer", () =>
    Effect.gen(function*() {
      yield* put("/p", "then")
      yield* InMemory.inject({ operation: "GetParameter", times: 1, fault: InMemory.delay("1 minute") })
      const late = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 second")
      yield* put("/p", "now")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(late)).Parameter?.Value, "then")
      yield* InMemory.inject({ service: "SSM", fault: InMemory.delay("1 minute") })
      yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.cut("after") })
      for (const call of [Ssm.getParameter("/none"), put("/p", "cut")]) {
        const fiber = yield* Effect.forkChild(Effect.timed(Effect.flip<unknown, unknown, AwsClients>(call)))
        yield* TestClock.adjust("1 minute")
        const [took] = yield* Fiber.join(fiber)
        assert.strictEqual(Duration.toMillis(took), 60_000)
      }
      const outcomes = (yield* InMemory.calls).slice(-2).map(({ outcome }) => outcome._tag)
      assert.deepEqual(outcomes, ["Refused", "Cut"])
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("cuts the connection before or after AWS acts", () =>
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
    }).pipe(Effect.provide(withoutRetries)))

  it.effect("answers a custom fault as the SDK's own exception", () =>
    Effect.gen(function*() {
      const fault = InMemory.fault({ code: "ParameterNotFound", message: "gone" })
      yield* put("/p")
      yield* InMemory.inject({ operation: "GetParameter", fault })
      const error = yield* Effect.flip(get)
      assert.instanceOf(error.cause, ParameterNotFound)
      assert.include(error.message, "gone")
    }).pipe(Effect.provide(withoutRetries)))
})

describe("handle", () => {
  it.effect("answers unsupported commands and overrides supported ones", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribePatchBaselinesCommand, () =>
        Effect.succeed({ BaselineIdentities: [{ BaselineName: "own" }] }))
      const { BaselineIdentities } = yield* Ssm.send(new DescribePatchBaselinesCommand({}))
      assert.deepEqual(BaselineIdentities, [{ BaselineName: "own" }])
      yield* InMemory.handle(GetParameterCommand, ({ Name }, { account }) =>
        Effect.succeed({ Parameter: { Name, Value: account } }))
      assert.deepEqual((yield* get).Parameter, { Name: "/p", Value: "123456789012" })
    }).pipe(Effect.provide(InMemory.layer())))

  const dynamoDb = AwsService.make(DynamoDBClient)
  const lambda = AwsService.make(LambdaClient)

  it.effect("answers commands of other services in their protocols", () =>
    Effect.gen(function*() {
      const item = { id: { S: "1" }, bytes: { B: new Uint8Array([1, 2]) }, tags: { SS: ["a", "b"] } }
      yield* InMemory.handle(GetItemCommand, ({ Key }, { account, region }) =>
        Effect.succeed({ Item: { ...item, key: Key!["id"]!, where: { S: `${account} ${region}` } } }))
      const { Item } = yield* dynamoDb.send(new GetItemCommand({ TableName: "t", Key: { id: { S: "7" } } }))
      assert.deepEqual(Item, { ...item, key: { S: "7" }, where: { S: "123456789012 us-east-1" } })
      yield* InMemory.handle(InvokeCommand, ({ FunctionName, Payload }) =>
        Effect.succeed({
          StatusCode: 202,
          ExecutedVersion: FunctionName,
          Payload: Payload as never
        }))
      const invoked = yield* lambda.send(new InvokeCommand({ FunctionName: "f", Payload: new Uint8Array([3]) }))
      assert.deepEqual([invoked.StatusCode, invoked.$metadata.httpStatusCode], [202, 202])
      assert.deepEqual([invoked.ExecutedVersion, [...invoked.Payload ?? []]], ["f", [3]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("throttles other services in their own words", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetItemCommand, () => Effect.succeed({}))
      yield* InMemory.handle(InvokeCommand, () => Effect.succeed({}))
      yield* InMemory.inject({ fault: InMemory.throttled })
      const table = yield* Effect.flip(dynamoDb.send(new GetItemCommand({ TableName: "t", Key: {} })))
      assert.deepEqual([table.code, table.statusCode], ["ProvisionedThroughputExceededException", 400])
      const invoke = yield* Effect.flip(lambda.send(new InvokeCommand({ FunctionName: "f" })))
      assert.deepEqual([invoke.code, invoke.statusCode], ["TooManyRequestsException", 429])
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("answers with the wire members of the SDK's exceptions", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetItemCommand, () =>
        Effect.fail(InMemory.fault({
          code: "ConditionalCheckFailedException",
          message: "The conditional request failed",
          members: { Item: { id: { S: "1" } } }
        })))
      const { cause, requestId } = yield* Effect.flip(dynamoDb.send(new GetItemCommand({ TableName: "t", Key: {} })))
      assert.instanceOf(cause, ConditionalCheckFailedException)
      assert.deepEqual((cause as ConditionalCheckFailedException).Item, { id: { S: "1" } })
      assert.match(requestId ?? "", /^[0-9a-f-]{36}$/)
      const { cause: missing } = yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket: "none-there", Key: "k" })))
      assert.include(missing as object, { name: "NoSuchBucket", Code: "NoSuchBucket", BucketName: "none-there" })
      const { cause: denied } = yield* Effect.flip(
        Sts.send(new AssumeRoleCommand({ RoleArn: "x".repeat(20), RoleSessionName: "ab" }))
      )
      assert.include(denied as object, { name: "ValidationError", Code: "ValidationError", Type: "Sender" })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("says which handler died", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParameterCommand, () => Effect.die(new Error("my bug")))
      assert.include(String(yield* Effect.exit(get)), "The handler for SSM GetParameter died: my bug")
      yield* InMemory.handle(GetParameterCommand, () => {
        throw new TypeError("another one")
      })
      assert.include(String(yield* Effect.exit(get)), "The handler for SSM GetParameter died: another one")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies if the output of a handler can't be sent, and names the operation", () =>
    Effect.gen(function*() {
      const circular: { self?: unknown } = {}
      circular.self = circular
      yield* InMemory.handle(GetParameterCommand, () => Effect.succeed({ Parameter: { Value: circular as never } }))
      const exit = yield* Effect.exit(get)
      assert.isTrue(Exit.hasDies(exit))
      assert.include(String(exit), "The output for SSM GetParameter can't be written as AWS's answer")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the journal", () => {
  it.effect("records each attempt in order", () =>
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

  it.effect("keeps the newest calls up to its size, and all of them by default", () =>
    Effect.gen(function*() {
      for (const value of ["1", "2", "3", "4", "5"]) yield* put("/p", value)
      const values = (yield* InMemory.calls).map(({ input }) => (input as { readonly Value?: string }).Value)
      assert.deepEqual(values, ["4", "5"])
    }).pipe(Effect.provide(InMemory.layer({ journal: 2 }))))

  it.effect("keeps fewer calls if their inputs and outputs are large", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParameterCommand, () => Effect.succeed({ Parameter: { Value: "v".repeat(2 ** 20) } }))
      for (let i = 0; i < 40; i++) yield* get
      assert.isBelow((yield* InMemory.calls).length, 33)
      assert.isAbove((yield* InMemory.calls).length, 25)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("says when a call came, under which id, and why it was refused", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const { requestId } = yield* Effect.flip(get)
      const [call] = yield* InMemory.calls
      assert.deepEqual([call?.time, call?.requestId], [new Date(3_600_000), requestId])
      assert.deepEqual(call?.outcome, {
        _tag: "Refused",
        code: "ParameterNotFound",
        message: "",
        statusCode: 400
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it("lists the supported commands", () => {
    assert.includeMembers([...InMemory.commands["SSM"] ?? []], ["GetParameter", "PutParameter"])
  })
})

describe("the options of the Layer", () => {
  it.effect("are refused with a message if they can't mean anything", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [InMemory.Options, string]> = [
        [{ account: "12345" }, "account has to have 12 digits"],
        [{ journal: -1 }, "journal has to be a whole number from 0"],
        [{ pageSize: 0 }, "pageSize has to be a whole number from 1"],
        [{ speed: 0 }, "speed has to be a number above 0"],
        [{ virtualTime: "yes" } as never, "virtualTime has to be true or false, and \"yes\" isn't"],
        [{ speed: Number.NaN }, "speed has to be a number above 0"]
      ]
      for (const [options, message] of cases) {
        const exit = yield* Effect.exit(Effect.provide(Sts.environment, InMemory.layer(options)))
        assert.include(String(exit), `InMemory.layer: ${message}`)
      }
    }))
})

describe("time", () => {
  const arn = Acm.send(new RequestCertificateCommand({ DomainName: "example.com" }))
  const statusAfter = (duration: Duration.Input) =>
    Effect.gen(function*() {
      const { CertificateArn } = yield* arn
      yield* TestClock.adjust(duration)
      const { Certificate } = yield* Acm.send(new DescribeCertificateCommand({ CertificateArn }))
      return Certificate?.Status
    })

  it.effect("makes resources change their state faster by the factor `speed`", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* statusAfter("2 seconds").pipe(Effect.provide(InMemory.layer())), "PENDING_VALIDATION")
      assert.strictEqual(yield* statusAfter("2 seconds").pipe(Effect.provide(InMemory.layer({ speed: 60 }))), "ISSUED")
    }))
})

describe("a raw client of the SDK", () => {
  it.effect("answers a raw client of the SDK", () =>
    Effect.gen(function*() {
      const client = yield* AwsClients.get(SSMClient)
      yield* put("/p", "raw")
      const { Parameter } = yield* Effect.promise(() => client.send(new GetParameterCommand({ Name: "/p" })))
      assert.strictEqual(Parameter?.Value, "raw")
    }).pipe(Effect.provide(InMemory.layer())))
})
