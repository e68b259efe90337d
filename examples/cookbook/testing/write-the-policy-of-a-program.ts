import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory, S3, Ssm } from "effect-aws-sdk"

const program = Effect.gen(function*() {
  const { value } = yield* Ssm.getParameter("/app/greeting")
  yield* S3.putObject({ bucket: "site-0a1b", key: "index.html", body: String(value) })
})

it.effect("needs two permissions, and no others", () =>
  Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/greeting", value: "Hello" })
    yield* S3.createBucket("site-0a1b")
    const before = (yield* InMemory.calls).length
    yield* program
    const policy = yield* InMemory.policyOf((yield* InMemory.calls).slice(before))
    assert.deepEqual(policy.Statement.map(({ Action, Resource }) => [Action, Resource]), [
      [["s3:PutObject"], ["arn:aws:s3:::site-0a1b/index.html"]],
      [["ssm:GetParameter"], ["arn:aws:ssm:us-east-1:123456789012:parameter/app/greeting"]]
    ])
  }).pipe(Effect.provide(InMemory.layer())))
