import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { AssumeRole, InMemory, Ssm } from "effect-aws-sdk"

const audit = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/audit", sessionName: "app" })

const program = Effect.gen(function*() {
  const { value } = yield* Ssm.getParameter("/app/state")
  yield* Ssm.putParameter({ name: "/app/state", value }).pipe(Effect.provide(audit))
})

it.effect("copies the state to the other account", () =>
  Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/state", value: "ready" })
    yield* program
    const copy = yield* Ssm.getParameter("/app/state").pipe(Effect.provide(audit))
    assert.strictEqual(copy.value, "ready")
    assert.strictEqual((yield* InMemory.calls).at(-1)?.account, "222222222222")
  }).pipe(Effect.provide(InMemory.layer({ account: "111111111111" }))))
