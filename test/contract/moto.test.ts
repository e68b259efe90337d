import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { CreateAccessKeyCommand, CreateUserCommand, ListRolesCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam"
import { ListBucketsCommand } from "@aws-sdk/client-s3"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted } from "effect"
import { AssumeRole, type AwsClients, type AwsError, Ec2, Iam, S3, Ssm, Sts } from "effect-aws-sdk"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { afterAll, vi } from "vitest"
import { contracts } from "./contracts.ts"
import { differences } from "./differences.ts"
import { clients, Emulator, whyUnavailable } from "./moto.ts"

const unavailable = await Effect.runPromise(whyUnavailable)
if (unavailable !== undefined) {
  const message = `Can't run the contract suite on moto: ${unavailable}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

// On a busy machine, moto takes more than half a minute to store two thousand objects.
const onMoto = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(clients()), Effect.timeout("90 seconds"))

/** Resets moto first. */
const onEmptyMoto = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.andThen(Emulator.use(({ reset }) => reset), onMoto(effect))

const cases = contracts.flatMap(({ cases, service }) =>
  Object.entries(cases).map(([name, { run }]) => ({ service, name, effect: run, reason: differences[service]?.[name] }))
)

it("lists no difference without a contract case", () => {
  const known = new Set(cases.map(({ name, service }) => `${service}: ${name}`))
  const listed = Object.entries(differences).flatMap(([service, names]) =>
    Object.keys(names).map((name) => `${service}: ${name}`)
  )
  assert.deepEqual(listed.filter((name) => !known.has(name)), [])
})

const ran = { passed: 0, differed: 0 }

/** Expects a case to pass, or to fail if it is a listed difference. */
const expectOutcome = <E, R>(effect: Effect.Effect<unknown, E, R>, reason: string | undefined) =>
  reason === undefined
    ? Effect.tap(effect, () => Effect.sync(() => ran.passed++))
    : Effect.map(Effect.exit(effect), (exit) => {
      assert.isTrue(Exit.isFailure(exit), `passes on moto; remove it from differences.ts (moto ${reason})`)
      ran.differed++
    })

/** Creates a user that may perform only these actions, and returns its keys. */
const createUserKeys = Effect.fnUntraced(function*(...actions: ReadonlyArray<string>) {
  const UserName = "caller"
  yield* Iam.send(new CreateUserCommand({ UserName }))
  yield* Iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: "allowed",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }]
      })
    })
  )
  const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
  const keys: AwsClients.AccessKeys = {
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: Redacted.make(AccessKey!.SecretAccessKey!)
  }
  return keys
})

const expectFailure = <A, R>(
  effect: Effect.Effect<A, AwsError, R>,
  expected: readonly [reason: AwsError["reason"]["_tag"], code: string, statusCode: number | undefined]
) =>
  Effect.map(
    Effect.flip(effect),
    ({ code, reason, statusCode }) => assert.deepEqual([reason._tag, code, statusCode], expected)
  )

const options = { excludeTestServices: true, timeout: "1 minute" } as const

describe.skipIf(unavailable !== undefined)("the contract suite on moto", () => {
  layer(Emulator.layer(), options)("on an empty account", (it) => {
    for (const { effect, name, reason, service } of cases.filter(({ service }) => service !== "Iam")) {
      it.effect(`${service}: ${name}`, () => expectOutcome(onEmptyMoto(effect), reason), 100_000)
    }
  })

  // Each reset would load the managed policies again, so these cases share an account.
  layer(Emulator.layer({ managedPolicies: true }), options)("on an account with AWS's managed policies", (it) => {
    for (const { effect, name, reason, service } of cases.filter(({ service }) => service === "Iam")) {
      it.effect(`${service}: ${name}`, () => expectOutcome(onMoto(effect), reason), 100_000)
    }
  })

  layer(Emulator.layer(), options)("credentials", (it) => {
    const storedValue = Effect.map(
      Effect.exit(Ssm.getParameter("/whose")),
      (exit) => Exit.isSuccess(exit) ? exit.value.value : undefined
    )
    const roleIn = (account: string) =>
      AssumeRole.layer({ roleArn: `arn:aws:iam::${account}:role/audit`, sessionName: "contract" })

    it.effect("gives a role in another account that account's state", () =>
      onEmptyMoto(Effect.gen(function*() {
        yield* Ssm.putParameter({ name: "/whose", value: "ours" })
        const other = Effect.gen(function*() {
          const { account, arn } = yield* Sts.environment
          assert.deepEqual([account, arn], ["210987654321", "arn:aws:sts::210987654321:assumed-role/audit/contract"])
          assert.isUndefined(yield* storedValue)
          yield* Ssm.putParameter({ name: "/whose", value: "theirs" })
          assert.strictEqual(yield* storedValue, "theirs")
        })
        yield* Effect.provide(other, roleIn("210987654321"))
        assert.strictEqual(yield* storedValue, "ours")
        const chained = Layer.provide(roleIn("345678901234"), roleIn("210987654321"))
        assert.strictEqual((yield* Effect.provide(Sts.environment, chained)).account, "345678901234")
      })))

    const checkingCredentials = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.acquireUseRelease(
        Emulator.use((_) => _.checkCredentials(true)),
        () => effect,
        () => Emulator.use((_) => _.checkCredentials(false))
      )

    it.effect("rejects unknown keys with each protocol's error code", () =>
      onEmptyMoto(checkingCredentials(
        Effect.gen(function*() {
          yield* expectFailure(Sts.send(new GetCallerIdentityCommand({})), [
            "CredentialsRejected",
            "InvalidClientTokenId",
            403
          ])
          yield* expectFailure(Iam.send(new ListRolesCommand({})), ["CredentialsRejected", "InvalidClientTokenId", 403])
          yield* expectFailure(Ec2.send(new DescribeVpcsCommand({})), ["CredentialsRejected", "AuthFailure", 401])
          yield* expectFailure(S3.send(new ListBucketsCommand({})), ["CredentialsRejected", "InvalidAccessKeyId", 403])
        })
      )))

    it.effect("accepts requests signed with the right secret and rejects others", () =>
      onEmptyMoto(Effect.gen(function*() {
        const keys = yield* createUserKeys("iam:ListRoles", "s3:ListAllMyBuckets", "ec2:DescribeVpcs")
        const calls = [
          Iam.send(new ListRolesCommand({})),
          S3.send(new ListBucketsCommand({})),
          Ec2.send(new DescribeVpcsCommand({}))
        ]
        yield* checkingCredentials(Effect.gen(function*() {
          yield* Effect.provide(
            Effect.all(calls as ReadonlyArray<Effect.Effect<unknown, AwsError, AwsClients>>),
            clients(keys)
          )
          const wrong = clients({ ...keys, secretAccessKey: Redacted.make("another") })
          for (const call of calls) {
            const { reason } = yield* Effect.flip(Effect.provide(call, wrong))
            assert.strictEqual(reason._tag, "CredentialsRejected")
          }
        }))
      })))

    it.effect("denies an action that no policy allows", () =>
      onEmptyMoto(Effect.gen(function*() {
        const permitted = clients(yield* createUserKeys("iam:ListRoles"))
        yield* checkingCredentials(
          Effect.gen(function*() {
            yield* expectFailure(S3.send(new ListBucketsCommand({})), ["AccessDenied", "AccessDenied", 403])
            const { cause } = yield* Effect.provide(Layer.build(roleIn("123456789012")), permitted).pipe(
              Effect.catchTag("InvalidSetting", Effect.die),
              Effect.flip
            )
            assert.strictEqual(cause.reason._tag, "AccessDenied")
          }).pipe(Effect.provide(permitted))
        )
      })))
  })

  it("stops moto when the process that started it is killed", async () => {
    const starter = spawn(process.execPath, ["scripts/moto.ts"], { stdio: ["ignore", "pipe", "inherit"] })
    const [text] = await once(starter.stdout, "data")
    const pid = Number(/process (\d+)/.exec(String(text))?.[1])
    assert.isTrue(process.kill(pid, 0), "moto is running")
    starter.kill("SIGKILL")
    await vi.waitFor(() => assert.throws(() => process.kill(pid, 0), /ESRCH/), { timeout: 10_000 })
  }, 30_000)

  afterAll(() => {
    const { differed, passed } = ran
    console.log(
      `${passed + differed} of the ${cases.length} contract cases ran on moto: ` +
        `${passed} passed, ${differed} failed as known differences from AWS.`
    )
  })
})
