// The parameters that AWS publishes in Parameter Store: the ids of EC2's images.
import { DescribeImagesCommand } from "@aws-sdk/client-ec2"
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, InMemory, Ssm } from "effect-aws-sdk"

const folder = "/aws/service/ami-amazon-linux-latest"
const name = `${folder}/al2023-ami-kernel-default-arm64`

describe("a public parameter", () => {
  it.effect("has the id of an image of the region", () =>
    Effect.gen(function*() {
      const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: name }))
      const { Images = [] } = yield* Ec2.send(new DescribeImagesCommand({ ImageIds: [Parameter!.Value!] }))
      assert.match(Images[0]!.Name!, /^al2023-ami-2023.*arm64$/)
      assert.deepInclude(Parameter, {
        Name: name,
        Type: "String",
        DataType: "aws:ec2:image",
        ARN: `arn:aws:ssm:eu-west-1::parameter${name}`
      })
      const byArn = yield* Ssm.send(new GetParameterCommand({ Name: Parameter!.ARN! }))
      assert.strictEqual(byArn.Parameter?.Value, Parameter?.Value)
    }).pipe(Effect.provide(InMemory.layer({ region: "eu-west-1" }))))

  it.effect("is found by its name among others, and by its path, and isn't one of the account's own", () =>
    Effect.gen(function*() {
      const { InvalidParameters, Parameters = [] } = yield* Ssm.send(
        new GetParametersCommand({ Names: [name, "/mine"] })
      )
      assert.deepEqual(Parameters.map(({ Name }) => Name), [name])
      assert.deepEqual(InvalidParameters, ["/mine"])
      const found = yield* Ssm.send(new GetParametersByPathCommand({ Path: folder }))
      assert.includeMembers((found.Parameters ?? []).map(({ Name }) => Name), [
        name,
        `${folder}/amzn2-ami-hvm-x86_64-gp2`
      ])
      assert.isEmpty((yield* Ssm.send(new DescribeParametersCommand({}))).Parameters)
    }).pipe(Effect.provide(InMemory.layer())))
})
