// The policy that `InMemory.policyOf` makes of any program lets a role run this program.
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam"
import { it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { AssumeRole, type AwsClients, Iam, InMemory } from "effect-aws-sdk"
import * as fs from "node:fs"
import { contracts } from "../contract/contracts.ts"

const cases = contracts.flatMap(({ cases, service }) =>
  Object.entries(cases).map(([name, { run }]) => ({ title: `${service}: ${name}`, run }))
)
const log = (...parts: ReadonlyArray<string>) => fs.appendFileSync("/tmp/permscratch/log.txt", `${parts.join(" ")}\n`)
const only = process.env["ONLY"]
const chosen = cases.filter(({ title }) => only === undefined || title.includes(only))

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::123456789012:root" },
    Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
  }]
})
const everything = { Effect: "Allow", Action: "*", Resource: "*" }
type RunIt = Effect.Effect<unknown, unknown, AwsClients>

/** The names that cases make of UUIDs are the same in each run. */
let made = 0
vi.spyOn(globalThis.crypto, "randomUUID").mockImplementation(() =>
  `${(0xa0000000 + made++).toString(16)}-0000-4000-8000-000000000000`
)
let random = 0
vi.spyOn(Math, "random").mockImplementation(() => (random = (random * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32)

const world = (statements: ReadonlyArray<object>, run: RunIt) =>
  Effect.gen(function*() {
    made = 0
    random = 1
    yield* Iam.send(new CreateRoleCommand({ RoleName: "law-of-policies", AssumeRolePolicyDocument: trust }))
    if (statements.length > 0) {
      yield* Iam.send(
        new PutRolePolicyCommand({
          RoleName: "law-of-policies",
          PolicyName: "own",
          PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements })
        })
      )
    }
    const before = (yield* InMemory.calls).length
    const exit = yield* Effect.exit(
      Effect.provide(
        run,
        AssumeRole.layer({ roleArn: "arn:aws:iam::123456789012:role/law-of-policies", sessionName: "law" })
      )
    )
    const calls = (yield* InMemory.calls).slice(before).filter(({ principal }) =>
      !principal.endsWith(":user/in-memory")
    )
    return {
      exit,
      policy: yield* InMemory.policyOf(calls),
      denied: (yield* InMemory.denied).map(({ action, message, operation, resource, in: type, why }) =>
        `${operation}: ${action} on ${resource} (${type}, ${why})`
      )
    }
  }).pipe(Effect.provide(InMemory.layer({ enforceIam: true })), Effect.exit)

for (const { run, title } of chosen) {
  it.effect(title, () =>
    Effect.gen(function*() {
      const first = yield* world([everything], Effect.scoped(run) as RunIt)
      if (first._tag === "Failure") return log("FIRSTDIED", title, String(first.cause).slice(0, 300))
      if (first.value.exit._tag === "Failure") log("FIRST", title, String(first.value.exit.cause).slice(0, 300))
      const second = yield* world(first.value.policy.Statement, Effect.scoped(run) as RunIt)
      if (second._tag === "Failure") return log("SECONDDIED", title, String(second.cause).slice(0, 600))
      const more = second.value.denied.filter((one) => !first.value.denied.includes(one))
      if (more.length > 0) log("LAW", title, JSON.stringify(more, null, 1))
      else if (second.value.exit._tag === "Failure" && first.value.exit._tag !== "Failure") {
        log("SECOND", title, String(second.value.exit.cause).slice(0, 500))
      }
    }))
}
