// The policy that `InMemory.policyOf` makes of a program lets a role run this program: for cases of the contract suite.
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit, type Scope } from "effect"
import { AssumeRole, type AwsClients, Iam, InMemory } from "effect-aws-sdk"
import { contracts } from "../contract/contracts.ts"
import { account, allow, policy, roleArn } from "./support/enforcement.ts"

type Run = Effect.Effect<unknown, unknown, AwsClients | Scope.Scope>

const RoleName = "law-of-policies"

/** The longest policy that a role can have in itself. A program of more resources needs several. */
const LONGEST = 10_240

// The names that cases make of random values are the same in both runs.
let made = 0
vi.spyOn(globalThis.crypto, "randomUUID").mockImplementation(() =>
  `${(0xa000_0000 + made++).toString(16)}-0000-4000-8000-000000000000`
)
vi.spyOn(Math, "random").mockImplementation(() => made++ / 1000)

const AssumeRolePolicyDocument = policy({
  ...allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
  Resource: undefined,
  Principal: { AWS: account }
})

/** Runs a case under a role with these statements, in a new AWS. */
const runWith = (statements: ReadonlyArray<object>, run: Run) =>
  Effect.gen(function*() {
    made = 0
    yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    if (statements.length > 0) {
      const PolicyDocument = policy(...statements)
      yield* Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument }))
    }
    const before = (yield* InMemory.calls).length
    const role = AssumeRole.layer({ roleArn: roleArn(RoleName), sessionName: "law" })
    const exit = yield* Effect.exit(Effect.scoped(Effect.provide(run, role)))
    const calls = (yield* InMemory.calls).slice(before)
    return {
      isDone: Exit.isSuccess(exit),
      least: yield* InMemory.policyOf(calls.filter(({ principal }) => !principal.endsWith(":user/in-memory"))),
      denied: (yield* InMemory.denied).map(({ action, operation, resource, why }) =>
        `${operation}: ${action} on ${resource}, ${why}`
      )
    }
  }).pipe(Effect.provide(InMemory.layer({ enforceIam: true })))

/** Which case of every second contract runs. Any other number chooses others. */
const seed = Number(process.env["LAW_SEED"] ?? 7)

describe("the least policy of a program lets a role run it", () => {
  for (const [i, { cases, service }] of contracts.entries()) {
    if ((i + seed) % 2 === 0) continue
    const all = Object.entries(cases)
    const [title, { run }] = all[(seed * (i + 31)) % all.length]!
    it.effect(`${service} ${title}`, () =>
      Effect.gen(function*() {
        const first = yield* runWith([allow("*")], run)
        if (policy(...first.least.Statement).length > LONGEST) return
        const second = yield* runWith(first.least.Statement, run)
        assert.deepStrictEqual(second.denied.filter((one) => !first.denied.includes(one)), [])
        if (first.isDone) assert.isTrue(second.isDone)
      }))
  }
})
