// A fleet over accounts and regions, on the in-memory AWS and on moto.
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Effect, Layer, Result, Stream } from "effect"
import { AssumeRole, AwsClients, Fleet, Iam, Ssm, Sts } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"

const [first, second] = ["111122223333", "444455556666"] as const
const regions = ["eu-west-1", "us-west-2"]

const ofAccounts = (options: Partial<Fleet.Options> = {}) =>
  Fleet.layer({ role: "audit", sessionName: "contract", regions, ...options })

const inPlaces = <A, E>(effect: Effect.Effect<A, E, AwsClients>, ...accounts: ReadonlyArray<string>) =>
  Fleet.forEach(accounts.map((account) => ({ account })), effect).pipe(Stream.runCollect)

/** Who the caller is, in each place. */
const identity = Effect.map(Sts.send(new GetCallerIdentityCommand({})), ({ Account, Arn }) => ({ Account, Arn }))

/** A role of the program's own account that doesn't trust it. */
const createClosedRole = Iam.send(
  new CreateRoleCommand({
    RoleName: "closed",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::999999999999:root" },
        Action: "sts:AssumeRole"
      }]
    })
  })
)

export const fleet = contract("Sts", {
  "gives a fleet a session in each account, which is the same in each region": documented(
    "API_AssumeRole",
    Effect.gen(function*() {
      const outcomes = yield* inPlaces(identity, first, second)
      assert.sameDeepMembers(
        outcomes.map(({ account, region, result }) => ({ account, region, ...Result.getOrThrow(result) })),
        [first, second].flatMap((account) =>
          regions.map((region) => ({
            account,
            region,
            Account: account,
            Arn: `arn:aws:sts::${account}:assumed-role/audit/contract`
          }))
        )
      )
    }).pipe(Effect.provide(ofAccounts()))
  ),

  "keeps what a fleet writes in one account and region apart from the others": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html",
    Effect.gen(function*() {
      const name = "/fleet/where"
      const written = yield* Fleet.forEach(
        [{ account: first }, { account: second, regions: ["eu-west-1"] }],
        ({ account, region }) => Ssm.putParameter({ name, value: `${account} ${region}` })
      ).pipe(Stream.runCollect)
      assert.isTrue(written.every(({ result }) => Result.isSuccess(result)))
      const read = yield* inPlaces(Ssm.getParameter(name), first, second)
      for (const { account, region, result } of read) {
        if (Result.isSuccess(result)) assert.strictEqual(result.success.value, `${account} ${region}`)
        else assert.deepEqual([account, region, result.failure._tag], [second, "us-west-2", "ParameterDoesNotExist"])
      }
      assert.lengthOf(read, 4)
      assert.strictEqual((yield* Effect.flip(Ssm.getParameter(name)))._tag, "ParameterDoesNotExist")
      const moved = Fleet.clients({ account: first, region: "us-west-2" })
      const { value } = yield* Ssm.getParameter(name).pipe(
        Effect.provide(AwsClients.inRegion("eu-west-1").pipe(Layer.provide(moved)))
      )
      assert.strictEqual(value, `${first} eu-west-1`)
    }).pipe(Effect.provide(ofAccounts()))
  ),

  "gives other regions of the program's own account the same credentials": documented(
    "https://docs.aws.amazon.com/general/latest/gr/rande-manage.html",
    Effect.gen(function*() {
      const [here, there] = yield* Effect.all([identity, Effect.provide(identity, AwsClients.inRegion("eu-west-1"))])
      assert.deepEqual(here, there)
      const { account } = yield* Sts.environment
      const own = ofAccounts({ role: () => undefined })
      const outcomes = yield* inPlaces(identity, account, first).pipe(Effect.provide(own))
      for (const outcome of outcomes) {
        if (outcome.account === account) assert.deepEqual(Result.getOrThrow(outcome.result), here)
        else assert.strictEqual(Result.getOrThrow(Result.flip(outcome.result))._tag, "InvalidTarget")
      }
      assert.lengthOf(outcomes, 4)
    })
  ),

  "assumes a role from the session that a fleet has in another account": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html",
    Effect.gen(function*() {
      const chain = AssumeRole.layer({ roleArn: `arn:aws:iam::${second}:role/last`, sessionName: "chain" })
      const { Arn } = yield* identity.pipe(
        Effect.provide(chain.pipe(Layer.provide(Fleet.clients({ account: first }))))
      )
      assert.strictEqual(Arn, `arn:aws:sts::${second}:assumed-role/last/chain`)
    }).pipe(Effect.provide(ofAccounts()))
  ),

  "refuses a fleet a role that doesn't trust it, and not the others": documented(
    "API_AssumeRole",
    Effect.gen(function*() {
      yield* createClosedRole
      const { account } = yield* Sts.environment
      const outcomes = yield* inPlaces(identity, account, first).pipe(
        Effect.provide(ofAccounts({ role: (id) => id === account ? "closed" : "audit" }))
      )
      for (const outcome of outcomes) {
        if (outcome.account === first) {
          assert.strictEqual(Result.getOrThrow(outcome.result).Account, first)
          continue
        }
        const error = Result.getOrThrow(Result.flip(outcome.result))
        if (error._tag !== "AssumeRoleFailed") return yield* Effect.die(error)
        assert.deepEqual([error.roleArn, error.cause.code], [`arn:aws:iam::${account}:role/closed`, "AccessDenied"])
      }
      assert.lengthOf(outcomes, 4)
    })
  )
})
