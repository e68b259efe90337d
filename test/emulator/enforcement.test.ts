// The in-memory AWS refuses what policies don't allow.
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand
} from "@aws-sdk/client-iam"
import { assert, describe } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { AssumeRole, type AwsClients, Iam, InMemory, Ssm, Sts } from "effect-aws-sdk"
import { account, allow, deny, policy, put, refusal, test } from "./support/enforcing.ts"

const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

const trust = policy({
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
})

/** Creates a role with these statements. */
const createRole = Effect.fnUntraced(function*(RoleName: string, ...statements: ReadonlyArray<object>) {
  yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
  if (statements.length > 0) yield* putPolicy(RoleName, ...statements)
})

const putPolicy = (RoleName: string, ...statements: ReadonlyArray<object>) =>
  Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: policy(...statements) }))

/** Runs a program in a session of a role. */
const as = (name: string, options: Partial<AssumeRole.Options> = {}) => {
  const layer = AssumeRole.layer({ roleArn: roleArn(name), sessionName: "test", ...options })
  return <A, E>(program: Effect.Effect<A, E, AwsClients>) => Effect.provide(program, layer)
}

describe("a role", () => {
  test(
    "may do what its policy allows, and nothing else",
    Effect.gen(function*() {
      yield* put
      yield* createRole("reader", allow("ssm:Get*"))
      yield* as("reader")(Ssm.getParameter("/app/state"))
      assert.deepStrictEqual(yield* InMemory.denied, [])
      const message = yield* refusal(as("reader")(put))
      assert.include(
        message,
        `User: arn:aws:sts::${account}:assumed-role/reader/test is not authorized to perform: ssm:PutParameter`
      )
      assert.include(message, "because no identity-based policy allows the ssm:PutParameter action")
      const [denial] = yield* InMemory.denied
      assert.deepInclude(denial, {
        principal: `arn:aws:sts::${account}:assumed-role/reader/test`,
        action: "ssm:PutParameter",
        service: "SSM",
        operation: "PutParameter",
        why: "no policy allows",
        in: "identity-based policy",
        policies: [{ type: "identity-based policy", name: "own", of: roleArn("reader") }]
      })
    })
  )

  test(
    "is denied what a statement denies, and the statement is named",
    Effect.gen(function*() {
      const statement = deny("ssm:Put*", { Sid: "NoWrites" })
      yield* createRole("writer", allow("*"), statement)
      assert.include(yield* refusal(as("writer")(put)), "with an explicit deny in an identity-based policy")
      const [denial] = yield* InMemory.denied
      assert.strictEqual(denial?.why, "explicit deny")
      assert.deepStrictEqual(denial?.statement, {
        policy: { type: "identity-based policy", name: "own", of: roleArn("writer") },
        position: 2,
        text: statement
      })
    })
  )

  test(
    "is limited by its permissions boundary",
    Effect.gen(function*() {
      yield* createRole("bounded", allow("*"))
      const { Policy } = yield* Iam.send(
        new CreatePolicyCommand({ PolicyName: "limit", PolicyDocument: policy(allow("ssm:Get*")) })
      )
      yield* Iam.send(
        new PutRolePermissionsBoundaryCommand({ RoleName: "bounded", PermissionsBoundary: Policy?.Arn })
      )
      yield* put
      yield* as("bounded")(Ssm.getParameter("/app/state"))
      assert.include(
        yield* refusal(as("bounded")(put)),
        "because no permissions boundary allows the ssm:PutParameter action"
      )
      assert.deepStrictEqual((yield* InMemory.denied)[0]?.policies, [
        { type: "permissions boundary", name: "limit", arn: Policy!.Arn!, of: roleArn("bounded") }
      ])
    })
  )

  test(
    "is limited by the policy of its session, which allows nothing that the role doesn't allow",
    Effect.gen(function*() {
      yield* put
      yield* createRole("wide", allow("ssm:*"))
      const limited = as("wide", { policy: policy(allow(["ssm:GetParameter", "iam:ListRoles"])) })
      yield* limited(Ssm.getParameter("/app/state"))
      assert.include(yield* refusal(limited(put)), "because no session policy allows the ssm:PutParameter action")
      const { in: kind } = (yield* InMemory.denied)[0]!
      assert.strictEqual(kind, "session policy")
    })
  )

  test(
    "whose policy is gone may do nothing, in a session from before, either",
    Effect.gen(function*() {
      yield* createRole("gone", allow("*"))
      yield* as("gone")(Effect.gen(function*() {
        yield* put
        yield* Iam.send(new DeleteRolePolicyCommand({ RoleName: "gone", PolicyName: "own" }))
        yield* Effect.flip(put)
      }))
      assert.strictEqual((yield* InMemory.denied).length, 1)
    })
  )

  test(
    "that doesn't exist can't be assumed",
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(as("nobody")(Sts.environment))
      assert.include(message, `is not authorized to perform: sts:AssumeRole on resource: ${roleArn("nobody")}`)
      assert.strictEqual((yield* InMemory.denied)[0]?.in, "role trust policy")
    })
  )

  test(
    "with a policy of AWS whose document isn't known dies with what to do",
    Effect.gen(function*() {
      yield* createRole("unknown")
      const PolicyArn = "arn:aws:iam::aws:policy/AlexaForBusinessFullAccess"
      yield* Iam.send(new AttachRolePolicyCommand({ RoleName: "unknown", PolicyArn }))
      const exit = yield* Effect.exit(as("unknown")(put))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.include(String(exit), `doesn't have the document of ${PolicyArn}`)
    })
  )

  test(
    "may always ask who it is",
    Effect.gen(function*() {
      yield* createRole("mute", deny("*"))
      assert.strictEqual((yield* as("mute")(Sts.environment)).account, account)
    })
  )
})

describe("the least policy", () => {
  test(
    "of a program lets a role run it, and each of its actions is needed",
    Effect.gen(function*() {
      const program = Effect.andThen(put, Ssm.getParameter("/app/state"))
      yield* program
      const own = yield* InMemory.policyOf(yield* InMemory.calls)
      yield* createRole("least", ...own.Statement)
      yield* as("least")(program)
      assert.deepStrictEqual(yield* InMemory.denied, [])
      for (const statement of own.Statement) {
        for (const action of statement.Action) {
          const without = own.Statement.map((one) =>
            one === statement ? { ...one, Action: one.Action.filter((other) => other !== action) } : one
          ).filter(({ Action }) => Action.length > 0)
          yield* putPolicy("least", ...without)
          const before = (yield* InMemory.denied).length
          yield* Effect.ignore(as("least")(program))
          assert.isAbove((yield* InMemory.denied).length, before, action)
        }
      }
    })
  )
})
