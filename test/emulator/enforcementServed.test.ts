// Permissions of programs that call over HTTP, and what happens while policies change.
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  PutUserPolicyCommand
} from "@aws-sdk/client-iam"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Iam, InMemory, Ssm } from "effect-aws-sdk"
import { allow, policy } from "./support/enforcement.ts"

it.live("A client with a user's key is refused over HTTP until a policy allows the call, and /_emulator/denied lists it", () =>
  Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/state", value: "ready" })
    const UserName = "ann"
    yield* Iam.send(new CreateUserCommand({ UserName }))
    const { AccessKey } = yield* Iam.send(new CreateAccessKeyCommand({ UserName }))
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey!
    const server = yield* InMemory.serve()
    const client = new SSMClient({
      endpoint: server.url,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
    })
    const read = Effect.promise(() =>
      client.send(new GetParameterCommand({ Name: "/app/state" })).then(
        ({ Parameter }) => Parameter?.Value,
        (error: Error) => error.name
      )
    )
    const put = Iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument: policy(allow("ssm:GetParameter")) })
    )
    assert.strictEqual(yield* read, "AccessDeniedException")
    yield* put
    assert.strictEqual(yield* read, "ready")
    yield* Iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "own" }))
    assert.strictEqual(yield* read, "AccessDeniedException")
    const denied = yield* Effect.promise(async () => (await fetch(`${server.url}/_emulator/denied`)).json())
    const list = (query: string) =>
      Effect.promise(async () => {
        const response = await fetch(`${server.url}/_emulator/denied?${query}`)
        return { status: response.status, body: JSON.stringify(await response.json()) }
      })
    const countOf = async (query: string) => {
      const { denied } = await (await fetch(`${server.url}/_emulator/denied?${query}`)).json() as {
        denied: Array<object>
      }
      return denied.length
    }
    const counts = [
      "limit=1",
      "action=ssm:GetParameter",
      "action=ssm:PutParameter",
      "principal=arn:aws:iam::123456789012:user/ann",
      "principal=ann"
    ]
    assert.deepStrictEqual(yield* Effect.promise(() => Promise.all(counts.map(countOf))), [1, 2, 0, 2, 0])
    for (
      const [query, message] of [
        ["operation=GetParameter", "The parameters are principal, action, limit."],
        ["limit=0", "limit has to be a number from 1"]
      ] as const
    ) {
      const { body, status } = yield* list(query)
      assert.strictEqual(status, 400)
      assert.include(body, message)
    }
    assert.deepStrictEqual(
      (denied as { denied: ReadonlyArray<Record<string, unknown>> }).denied.map((
        { action, policies, principal, why }
      ) => ({
        action,
        policies,
        principal,
        why
      })),
      [1, 2].map(() => ({
        action: "ssm:GetParameter",
        policies: [],
        principal: "arn:aws:iam::123456789012:user/ann",
        why: "no policy allows"
      }))
    )
  }).pipe(Effect.scoped, Effect.provide(InMemory.layer({ enforceIam: true }))))
