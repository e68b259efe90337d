import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteRoleCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand
} from "@aws-sdk/client-iam"
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient
} from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, References } from "effect"
import { type AwsError, AwsService, Iam, InMemory, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { createHmac } from "node:crypto"
import { withKeys } from "../support/withKeys.ts"

const account = "123456789012"
const root = `arn:aws:iam::${account}:root`

const trustOf = (...statements: ReadonlyArray<object>) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({
      Effect: "Allow",
      Principal: { AWS: root },
      Action: "sts:AssumeRole",
      ...statement
    }))
  })

const createRole = (RoleName: string, ...statements: ReadonlyArray<object>) =>
  Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf(...statements) }))

const assume = (name: string, options: Partial<AssumeRoleCommandInput> = {}) =>
  Sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: "test", ...options })
  )

const refusal = <A, R>(effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(effect), ({ code, message }) => [code, message] as const)

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** The code of a device (RFC 6238) at a time. */
const codeAt = (seed: string, millis: number): string => {
  const bits = [...seed].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("")
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(millis / 30_000)))
  const digest = createHmac("sha1", key).update(counter).digest()
  const number = digest.readUInt32BE(digest[19]! & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}

/** A user with a key and an MFA device, and how to sign as this user and to get a code. */
const createUser = Effect.gen(function*() {
  const UserName = "somebody"
  yield* Iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: "team", Value: "capture" }] }))
  const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
  const { VirtualMFADevice } = yield* Iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName })
  )
  const { Base32StringSeed = new Uint8Array(), SerialNumber = "" } = VirtualMFADevice ?? {}
  const seed = Buffer.from(Base32StringSeed).toString()
  const code = Effect.map(Clock.currentTimeMillis, (now) => codeAt(seed, now))
  const now = yield* Clock.currentTimeMillis
  yield* Iam.send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber,
      AuthenticationCode1: codeAt(seed, now),
      AuthenticationCode2: codeAt(seed, now + 30_000)
    })
  )
  // Those codes are used up.
  yield* TestClock.adjust("1 minute")
  return { SerialNumber, code, asUser: yield* withKeys(AccessKey) }
})

describe("MFA in memory", () => {
  it.effect("lets a user with a right code assume a role that requires MFA", () =>
    Effect.gen(function*() {
      const { SerialNumber, asUser, code } = yield* createUser
      yield* createRole("careful", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })
      const call = (options: Partial<AssumeRoleCommandInput> = {}) => Effect.provide(assume("careful", options), asUser)
      const TokenCode = yield* code
      yield* call({ SerialNumber, TokenCode })
      yield* TestClock.adjust("30 seconds")
      const wrong = TokenCode === "000000" ? "000001" : "000000"
      for (
        const [options, message] of [
          [{}, "is not authorized to perform: sts:AssumeRole"],
          [
            { SerialNumber, TokenCode: wrong },
            "MultiFactorAuthentication failed with invalid MFA one time pass code. "
          ],
          [
            { SerialNumber: `${SerialNumber}-none`, TokenCode },
            "Please verify your MFA serial number is valid and associated with this user."
          ]
        ] as const
      ) {
        const [code, text] = yield* refusal(call(options))
        assert.strictEqual(code, "AccessDenied")
        assert.include(text, message)
      }
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))

  it.effect("accepts a code only once, whichever command it is for", () =>
    Effect.gen(function*() {
      const { SerialNumber, asUser, code } = yield* createUser
      yield* createRole("careful", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })
      const TokenCode = yield* code
      const calls = [
        Effect.provide(assume("careful", { SerialNumber, TokenCode }), asUser),
        Effect.provide(Sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })), asUser)
      ]
      yield* calls[0]!
      for (const call of calls) {
        const [code, text] = yield* refusal(call)
        assert.strictEqual(code, "AccessDenied")
        assert.include(text, "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
      }
      yield* TestClock.adjust("30 seconds")
      yield* Effect.provide(assume("careful", { SerialNumber, TokenCode: yield* code }), asUser)
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))

  it.effect("counts for the session of a user, until it is too old", () =>
    Effect.gen(function*() {
      const { SerialNumber, asUser, code } = yield* createUser
      yield* createRole("recent", {
        Condition: {
          Bool: { "aws:MultiFactorAuthPresent": "true" },
          NumericLessThan: { "aws:MultiFactorAuthAge": "3600" }
        }
      })
      const session = yield* Sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode: yield* code })).pipe(
        Effect.provide(asUser)
      )
      const withMfa = yield* withKeys(session.Credentials)
      yield* Effect.provide(assume("recent"), withMfa)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* refusal(Effect.provide(assume("recent"), withMfa)))[0], "AccessDenied")
      const plain = yield* Sts.send(new GetSessionTokenCommand({})).pipe(Effect.provide(asUser))
      const withoutMfa = yield* withKeys(plain.Credentials)
      assert.strictEqual((yield* refusal(Effect.provide(assume("recent"), withoutMfa)))[0], "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))
})

describe("a trust policy in memory", () => {
  it.effect("compares the tags of a user and of a session, and the path of a session's role", () =>
    Effect.gen(function*() {
      const { asUser } = yield* createUser
      const tagged = { Condition: { StringEquals: { "aws:PrincipalTag/team": "${aws:RequestTag/team}" } } }
      yield* createRole("tagged", { ...tagged, Action: ["sts:AssumeRole", "sts:TagSession"] })
      const Tags = [{ Key: "team", Value: "capture" }]
      const session = yield* withKeys((yield* Effect.provide(assume("tagged", { Tags }), asUser)).Credentials)
      assert.strictEqual((yield* refusal(assume("tagged", { Tags })))[0], "AccessDenied")
      yield* createRole("next", {
        Condition: {
          StringEquals: { "aws:PrincipalTag/team": "capture" },
          ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${account}:role/tagged` }
        }
      })
      yield* Effect.provide(assume("next"), session)
      assert.strictEqual((yield* refusal(Effect.provide(assume("next"), asUser)))[0], "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))

  it.effect("names a deleted role by its id, and doesn't trust a new role of the same name", () =>
    Effect.gen(function*() {
      yield* createRole("first", {})
      const { Role: first } = yield* Iam.send(new GetRoleCommand({ RoleName: "first" }))
      yield* createRole("second", { Principal: { AWS: first!.Arn } })
      const asFirst = Effect.flatMap(assume("first"), ({ Credentials }) => withKeys(Credentials))
      yield* Effect.provide(assume("second"), yield* asFirst)
      yield* Iam.send(new DeleteRoleCommand({ RoleName: "first" }))
      yield* createRole("first", {})
      assert.strictEqual((yield* refusal(Effect.provide(assume("second"), yield* asFirst)))[0], "AccessDenied")
      const { Role } = yield* Iam.send(new GetRoleCommand({ RoleName: "second" }))
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")
      assert.include(trust, `"AWS":"${first!.RoleId}"`)
      // AWS refuses the id when the policy is saved again.
      const saved = Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "second", PolicyDocument: trust }))
      assert.strictEqual((yield* refusal(saved))[0], "MalformedPolicyDocumentException")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails the call if it has a condition on what nothing here determines", () =>
    Effect.gen(function*() {
      yield* createRole("organized", { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } } })
      const exit = yield* Effect.exit(assume("organized"))
      assert.include(String(exit), "The in-memory STS doesn't know the value of aws:PrincipalOrgID")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("compares the claims of a web identity token", () =>
    Effect.gen(function*() {
      const provider = "token.actions.githubusercontent.com"
      const Federated = `arn:aws:iam::${account}:oidc-provider/${provider}`
      yield* Iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: `https://${provider}`, ClientIDList: ["sts.amazonaws.com"] })
      )
      yield* createRole("deploy", {
        Principal: { Federated },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${provider}:aud`]: "sts.amazonaws.com" },
          StringLike: { [`${provider}:sub`]: "repo:us/*" }
        }
      })
      const call = (claims: object) => {
        const all = { iss: `https://${provider}`, aud: "sts.amazonaws.com", sub: "repo:us/app", exp: 60, ...claims }
        return Sts.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: `arn:aws:iam::${account}:role/deploy`,
            RoleSessionName: "test",
            WebIdentityToken: `e30.${Buffer.from(JSON.stringify(all)).toString("base64url")}.signature`
          })
        )
      }
      assert.strictEqual((yield* call({})).AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/deploy/test`)
      const [code, message] = yield* refusal(call({ sub: "repo:them/app" }))
      assert.strictEqual(code, "AccessDenied")
      assert.include(message, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
      const [, noProvider] = yield* refusal(call({ iss: "https://example.com" }))
      assert.include(noProvider, "No OpenIDConnect provider found in your account for https://example.com")
      const [, wrongAudience] = yield* refusal(call({ aud: "other" }))
      assert.include(wrongAudience, "Incorrect token audience")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the session of a user in memory", () => {
  it.effect("can call IAM only if it was issued for an MFA code", () =>
    Effect.gen(function*() {
      const { SerialNumber, asUser, code } = yield* createUser
      const session = Effect.fnUntraced(function*(TokenCode?: string) {
        const input = TokenCode === undefined ? {} : { SerialNumber, TokenCode }
        return yield* withKeys(
          (yield* Effect.provide(Sts.send(new GetSessionTokenCommand(input)), asUser)).Credentials
        )
      })
      const get = AwsService.make(IAMClient).send(new GetUserCommand({ UserName: "somebody" }))
      assert.strictEqual((yield* Effect.provide(get, yield* session(yield* code))).User?.UserName, "somebody")
      assert.strictEqual((yield* refusal(Effect.provide(get, yield* session())))[0], "InvalidClientTokenId")
      const token = yield* Sts.send(new GetFederationTokenCommand({ Name: "Bob" }))
      const asBob = yield* withKeys(token.Credentials)
      assert.strictEqual((yield* refusal(Effect.provide(get, asBob)))[0], "InvalidClientTokenId")
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Info")))
})

describe("a federation token in memory", () => {
  it.effect("identifies the federated user, who can't get another token", () =>
    Effect.gen(function*() {
      const token = yield* Sts.send(new GetFederationTokenCommand({ Name: "Bob" }))
      const asBob = yield* withKeys(token.Credentials)
      const { Arn, UserId } = yield* AwsService.make(STSClient).send(new GetCallerIdentityCommand({})).pipe(
        Effect.provide(asBob)
      )
      assert.deepEqual([Arn, UserId], [`arn:aws:sts::${account}:federated-user/Bob`, `${account}:Bob`])
      const [code, message] = yield* refusal(
        Effect.provide(Sts.send(new GetFederationTokenCommand({ Name: "Bob" })), asBob)
      )
      assert.strictEqual(code, "AccessDenied")
      assert.include(message, "Cannot call GetFederationToken with session credentials")
      yield* createRole("any", {})
      assert.strictEqual((yield* refusal(Effect.provide(assume("any"), asBob)))[0], "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))
})
