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
import { clients, Emulator, missing } from "./emulator.ts"

const unavailable = await Effect.runPromise(missing)
if (unavailable !== undefined) {
  const said = `The contract suite does not run on moto: ${unavailable}.`
  if (process.env.CI) throw new Error(said)
  console.log(said)
}

const onMoto = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(clients()), Effect.timeout("30 seconds"))

/** On an emulator that holds nothing yet. */
const afresh = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.andThen(Emulator.use(({ reset }) => reset), onMoto(effect))

const cases = contracts.flatMap(({ cases, service }) =>
  Object.entries(cases).map(([name, effect]) => ({ service, name, effect, reason: differences[service]?.[name] }))
)

it("every listed difference is a case of the contract suite", () => {
  const known = new Set(cases.map(({ name, service }) => `${service}: ${name}`))
  const listed = Object.entries(differences).flatMap(([service, names]) =>
    Object.keys(names).map((name) => `${service}: ${name}`)
  )
  assert.deepEqual(listed.filter((name) => !known.has(name)), [])
})

const ran = { held: 0, differed: 0 }
/** A case that holds, or one that is listed and does not. */
const judged = <E, R>(effect: Effect.Effect<unknown, E, R>, reason: string | undefined) =>
  reason === undefined
    ? Effect.tap(effect, () => Effect.sync(() => ran.held++))
    : Effect.map(Effect.exit(effect), (exit) => {
      assert.isTrue(Exit.isFailure(exit), `this holds on moto: take it off the list in differences.ts (${reason})`)
      ran.differed++
    })

/** A user of moto's account that may do these actions. */
const user = Effect.fnUntraced(function*(...actions: ReadonlyArray<string>) {
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

const failsWith = <A, R>(
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
      it.effect(`${service}: ${name}`, () => judged(afresh(effect), reason), 40_000)
    }
  })

  // Each reset would load the policies again, so these cases share an account.
  layer(Emulator.layer({ managedPolicies: true }), options)("on an account that has AWS's managed policies", (it) => {
    for (const { effect, name, reason, service } of cases.filter(({ service }) => service === "Iam")) {
      it.effect(`${service}: ${name}`, () => judged(onMoto(effect), reason), 40_000)
    }
  })

  layer(Emulator.layer(), options)("credentials", (it) => {
    const state = Effect.map(
      Effect.exit(Ssm.getParameter("/whose")),
      (exit) => Exit.isSuccess(exit) ? exit.value.value : undefined
    )
    const role = (account: string) =>
      AssumeRole.layer({ roleArn: `arn:aws:iam::${account}:role/audit`, sessionName: "contract" })

    it.effect("a role of another account sees that account's own state", () =>
      afresh(Effect.gen(function*() {
        yield* Ssm.putParameter({ name: "/whose", value: "ours" })
        const other = Effect.gen(function*() {
          const { account, arn } = yield* Sts.environment
          assert.deepEqual([account, arn], ["210987654321", "arn:aws:sts::210987654321:assumed-role/audit/contract"])
          assert.isUndefined(yield* state)
          yield* Ssm.putParameter({ name: "/whose", value: "theirs" })
          assert.strictEqual(yield* state, "theirs")
        })
        yield* Effect.provide(other, role("210987654321"))
        assert.strictEqual(yield* state, "ours")
        const chained = Layer.provide(role("345678901234"), role("210987654321"))
        assert.strictEqual((yield* Effect.provide(Sts.environment, chained)).account, "345678901234")
      })))

    const checked = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.acquireUseRelease(
        Emulator.use((_) => _.checkCredentials(true)),
        () => effect,
        () => Emulator.use((_) => _.checkCredentials(false))
      )

    it.effect("keys that nobody has are rejected, as each protocol says it", () =>
      afresh(checked(
        Effect.gen(function*() {
          yield* failsWith(Sts.send(new GetCallerIdentityCommand({})), [
            "CredentialsRejected",
            "InvalidClientTokenId",
            403
          ])
          yield* failsWith(Iam.send(new ListRolesCommand({})), ["CredentialsRejected", "InvalidClientTokenId", 403])
          yield* failsWith(Ec2.send(new DescribeVpcsCommand({})), ["CredentialsRejected", "AuthFailure", 401])
          yield* failsWith(S3.send(new ListBucketsCommand({})), ["CredentialsRejected", "InvalidAccessKeyId", 403])
        })
      )))

    it.effect("another secret is rejected, and the right one signs what the service expects", () =>
      afresh(Effect.gen(function*() {
        const keys = yield* user("iam:ListRoles", "s3:ListAllMyBuckets", "ec2:DescribeVpcs")
        const calls = [
          Iam.send(new ListRolesCommand({})),
          S3.send(new ListBucketsCommand({})),
          Ec2.send(new DescribeVpcsCommand({}))
        ]
        yield* checked(Effect.gen(function*() {
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

    it.effect("an action that no policy allows is denied", () =>
      afresh(Effect.gen(function*() {
        const mine = clients(yield* user("iam:ListRoles"))
        yield* checked(
          Effect.gen(function*() {
            yield* failsWith(S3.send(new ListBucketsCommand({})), ["AccessDenied", "AccessDenied", 403])
            const { cause } = yield* Effect.flip(Effect.provide(Layer.build(role("123456789012")), mine))
            assert.strictEqual(cause.reason._tag, "AccessDenied")
          }).pipe(Effect.provide(mine))
        )
      })))
  })

  it("the emulator ends with the process that started it, even one that is killed", async () => {
    const starter = spawn(process.execPath, ["scripts/emulator.ts"], { stdio: ["ignore", "pipe", "inherit"] })
    const [text] = await once(starter.stdout, "data")
    const pid = Number(/process (\d+)/.exec(String(text))?.[1])
    assert.isTrue(process.kill(pid, 0), "it runs")
    starter.kill("SIGKILL")
    await vi.waitFor(() => assert.throws(() => process.kill(pid, 0), /ESRCH/), { timeout: 10_000 })
  }, 30_000)

  afterAll(() => {
    const { differed, held } = ran
    console.log(
      `${
        held + differed
      } of the ${cases.length} contract cases ran on moto: ${held} held, as in memory; ${differed} are its known differences from AWS.`
    )
  })
})
