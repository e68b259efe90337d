// The manifests of docs/durable-cluster.md. The in-memory ECS refuses what AWS documents that it refuses.
import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput
} from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ecs, InMemory } from "effect-aws-sdk"
import * as fs from "node:fs"

const guide = fs.readFileSync(new URL("../../docs/durable-cluster.md", import.meta.url), "utf8")
const [, section = ""] = guide.split("## ECS\n")
const definition: RegisterTaskDefinitionCommandInput = JSON.parse(/^```json\n(.*?)^```/ms.exec(section)?.[1] ?? "null")

const layer = InMemory.layer({ account: "111122223333", region: "eu-west-1" })

describe("the task definition of the guide", () => {
  it.effect("is registered, for Fargate", () =>
    Effect.gen(function*() {
      yield* Ecs.send(new RegisterTaskDefinitionCommand(definition))
      const { taskDefinition } = yield* Ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: "fleet-runner" })
      )
      assert.deepEqual(taskDefinition?.compatibilities, ["EC2", "FARGATE"])
      assert.strictEqual(taskDefinition?.containerDefinitions?.[0]?.stopTimeout, 30)
    }).pipe(Effect.provide(layer)))

  it.effect("needs its size and its execution role", () =>
    Effect.gen(function*() {
      for (const member of ["cpu", "memory", "executionRoleArn"] as const) {
        const { [member]: _, ...rest } = definition
        const { code } = yield* Effect.flip(Ecs.send(new RegisterTaskDefinitionCommand(rest)))
        assert.strictEqual(code, "ClientException", member)
      }
    }).pipe(Effect.provide(layer)))
})
