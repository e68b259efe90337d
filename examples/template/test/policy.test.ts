// The role of the function: its policy in template.yaml, tried on an AWS in memory that enforces it.
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as AssumeRole from "effect-aws-sdk/AssumeRole"
import * as Iam from "effect-aws-sdk/Iam"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as fs from "node:fs"
import * as path from "node:path"
import * as YAML from "yaml"
import * as Report from "../src/Report.ts"
import * as World from "../src/World.ts"

const Policy = Schema.Struct({
  Version: Schema.String,
  Statement: Schema.Array(Schema.Struct({ Effect: Schema.String, Action: Schema.String, Resource: Schema.String }))
})

const Template = Schema.Struct({
  Resources: Schema.Struct({
    Settings: Schema.Struct({ Properties: Schema.Struct({ Value: Schema.fromJsonString(Report.Settings) }) }),
    ReportFunction: Schema.Struct({ Properties: Schema.Struct({ Policies: Schema.Tuple([Policy]) }) })
  })
})

/** The template as it is deployed: `!Ref` and `!Sub` are replaced by what they stand for. */
const deployed = (values: Readonly<Record<string, string>>) => {
  const valueOf = (name: string): string => {
    const value = values[name]
    if (value === undefined) throw new Error(`template.yaml refers to ${name}: say in the test what it stands for.`)
    return value
  }
  const text = fs.readFileSync(path.join(import.meta.dirname, "../template.yaml"), "utf8")
  const template: unknown = YAML.parse(text, {
    customTags: [
      { tag: "!Ref", resolve: valueOf },
      { tag: "!Sub", resolve: (text: string) => text.replace(/\$\{([^}]+)\}/g, (_, name: string) => valueOf(name)) }
    ]
  })
  return Schema.decodeUnknownEffect(Template)(template)
}

const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" }]
}

const role = AssumeRole.layer({ roleArn: "arn:aws:iam::123456789012:role/report", sessionName: "test" })

it.effect("the policy in template.yaml allows what the program does, and no other actions", () =>
  Effect.gen(function*() {
    yield* World.setUp
    yield* World.addPhotos
    const { arn } = yield* SecretsManager.getSecret(Report.signingKeyName)
    const { Resources } = yield* deployed({
      "AWS::Partition": "aws",
      "AWS::Region": "us-east-1",
      "AWS::AccountId": "123456789012",
      SourceBucket: World.source,
      Reports: World.reports,
      "Reports.Arn": `arn:aws:s3:::${World.reports}`,
      SigningKey: arn,
      ReportLogs: "logs",
      ReportFunction: "function"
    })
    const { Policies: [policy] } = Resources.ReportFunction.Properties
    yield* Iam.send(new CreateRoleCommand({ RoleName: "report", AssumeRolePolicyDocument: JSON.stringify(trust) }))
    yield* Iam.send(
      new PutRolePolicyCommand({ RoleName: "report", PolicyName: "report", PolicyDocument: JSON.stringify(policy) })
    )
    const before = (yield* InMemory.calls).length
    const exit = yield* Effect.exit(Report.write().pipe(Effect.provide(role)))
    // First, because it names the missing action, which AWS's own answer may not.
    assert.deepStrictEqual(yield* InMemory.denied, [])
    yield* exit

    const calls = (yield* InMemory.calls).slice(before).filter(({ service }) => service !== "STS")
    const least = yield* InMemory.policyOf(calls)
    const needed = least.Statement.flatMap(({ Action }) => Action)
    assert.sameMembers(policy.Statement.map(({ Action }) => Action), needed)
  }).pipe(Effect.provide(InMemory.layer({ enforceIam: true }))))

it.effect("the parameter in template.yaml has the settings that the program reads", () =>
  Effect.gen(function*() {
    const { Resources } = yield* deployed({
      "AWS::Partition": "aws",
      "AWS::Region": "us-east-1",
      "AWS::AccountId": "123456789012",
      SourceBucket: "photos",
      Reports: "reports",
      "Reports.Arn": "arn:aws:s3:::reports",
      SigningKey: "arn",
      ReportLogs: "logs",
      ReportFunction: "function"
    })
    assert.deepStrictEqual(Resources.Settings.Properties.Value, {
      source: "photos",
      reports: "reports",
      staleAfterDays: 90
    })
  }))
