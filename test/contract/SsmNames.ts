import { CreateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ssm } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { rejection } from "./support/rejections.ts"

const put = (Name: string, Value = "x") => Ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }))

const get = (Name: string, WithDecryption?: boolean) =>
  Effect.map(Ssm.send(new GetParameterCommand({ Name, WithDecryption })), ({ Parameter }) => Parameter)

const malformed = [
  "ValidationException",
  `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ` +
  "divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
]

const depth = (levels: number) => Array.from({ length: levels }, (_, i) => `/l${i}`).join("")

export const ssmNames = contract("Ssm", {
  "finds a parameter with and without a slash before its name, and answers the name that was asked for": recorded(
    "test_ssm TestSSM::test_put_parameters",
    Effect.gen(function*() {
      yield* put("plain")
      assert.strictEqual((yield* get("/plain"))?.Name, "/plain")
      assert.strictEqual((yield* get("plain"))?.Name, "plain")
      const { Parameters } = yield* Ssm.send(new GetParametersCommand({ Names: ["/plain"] }))
      assert.deepEqual(Parameters?.map(({ Name }) => Name), ["/plain"])
    })
  ),

  "takes a name with and without a slash before it for the same parameter": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html",
    Effect.gen(function*() {
      yield* put("once")
      assert.strictEqual((yield* Effect.flip(put("/once"))).code, "ParameterAlreadyExists")
      yield* put("/other")
      assert.strictEqual((yield* Effect.flip(put("other"))).code, "ParameterAlreadyExists")
      yield* put("/deep/other")
      yield* Ssm.send(new DeleteParameterCommand({ Name: "/once" }))
      assert.strictEqual((yield* Effect.flip(get("once"))).code, "ParameterNotFound")
    })
  ),

  "rejects reading by a path without its first slash, or with an empty part": recorded(
    "test_ssm TestSSM::test_hierarchical_parameter",
    Effect.gen(function*() {
      yield* put("/app/b/c")
      for (const name of ["/app//b//c", "app/b/c"]) assert.deepEqual(yield* rejection(get(name)), malformed)
    })
  ),

  "rejects reading by a malformed name, whatever the command": believed(
    "AWS's answer to GetParameter is in localstack/localstack issue 7712; the other commands check names as well",
    Effect.gen(function*() {
      for (const name of ["{test}-test", "with space", "a:b:c", "ssm-name", "/ssm/name", "/app/"]) {
        assert.deepEqual(yield* rejection(get(name)), malformed, name)
      }
      for (
        const command of [
          Ssm.send(new GetParametersCommand({ Names: ["/fine", "a@b"] })),
          Ssm.send(new DeleteParameterCommand({ Name: "a@b" })),
          Ssm.send(new GetParameterHistoryCommand({ Name: "a@b" }))
        ]
      ) assert.deepEqual(yield* rejection(command), malformed)
    })
  ),

  "rejects a new parameter whose name is malformed or begins with ssm": believed(
    "AWS's answer is in boto/boto3 issue 1499 and aws/aws-sdk-php issue 1952",
    Effect.gen(function*() {
      for (const name of ["Dev MySQL DB", "/a/support@b.com", "/a//b", "/", "ssm-name", "/SSM/name"]) {
        assert.deepEqual(yield* rejection(put(name)), malformed, name)
      }
    })
  ),

  "rejects a new parameter in a hierarchy without a slash before its name": believed(
    "AWS's answer is in hashicorp/terraform-provider-aws issue 7251",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(put("app/state")), [
        "ValidationException",
        "Parameter name must be a fully qualified name."
      ])
    })
  ),

  "denies names that begin with aws, to put and to delete": believed(
    "AWS's answers are in aws-solutions/quota-monitor-for-aws issue 30 and awslabs/aws-deployment-framework issue 119",
    Effect.gen(function*() {
      for (const name of ["awslimits", "/aws/test", "AWS-x", "/awssec/lab"]) {
        for (const command of [put(name), Ssm.send(new DeleteParameterCommand({ Name: name }))]) {
          const { code, message } = yield* Effect.flip<unknown, AwsError, AwsClients>(command)
          assert.strictEqual(code, "AccessDeniedException")
          assert.include(message, `No access to reserved parameter name: ${name.replace(/^\//, "")}.`)
        }
      }
    })
  ),

  "allows fifteen levels in a name": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      yield* put(depth(15))
      assert.strictEqual((yield* Effect.flip(put(depth(16)))).code, "HierarchyLevelLimitExceededException")
    })
  ),

  "allows as many characters in a name as its ARN has room for": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const room = 1_011 - "arn:aws:ssm:us-east-1:123456789012:parameter/".length
      yield* put("a".repeat(room))
      assert.strictEqual((yield* Effect.flip(put("b".repeat(room + 1)))).code, "ValidationException")
    })
  ),

  "removes spaces around a name": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      yield* put("  /app/spaced ")
      assert.strictEqual((yield* get(" /app/spaced"))?.Name, "/app/spaced")
    })
  ),

  "doesn't find a secret of Secrets Manager that doesn't exist": recorded(
    "test_ssm TestSSM::test_get_inexistent_secret",
    Effect.gen(function*() {
      const name = "/aws/reference/secretsmanager/none"
      const [code, message] = yield* rejection(get(name, true))
      assert.strictEqual(code, "ParameterNotFound")
      assert.match(String(message), /Secret .*aws\/reference\/secretsmanager\/none.* not found\./)
      assert.deepEqual(
        (yield* Ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true }))).InvalidParameters,
        [name]
      )
    })
  ),

  "reads a secret of Secrets Manager, by a version or a staging label too": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html",
    Effect.gen(function*() {
      const { VersionId } = yield* SecretsManager.send(new CreateSecretCommand({ Name: "db", SecretString: "old" }))
      yield* SecretsManager.send(new PutSecretValueCommand({ SecretId: "db", SecretString: "new" }))
      const name = "/aws/reference/secretsmanager/db"
      const { ARN, SourceResult = "", Type, Value, Version } = { ...(yield* get(name, true)) }
      assert.deepEqual([Value, Type, Version], ["new", "SecureString", 0])
      assert.strictEqual(ARN, `arn:aws:ssm:us-east-1:123456789012:parameter${name}`)
      assert.deepInclude(JSON.parse(SourceResult), { Name: "db", SecretString: "new", VersionStages: ["AWSCURRENT"] })
      for (const selector of ["AWSPREVIOUS", VersionId]) {
        assert.strictEqual((yield* get(`${name}:${selector}`, true))?.Value, "old")
      }
      const { Parameters = [] } = yield* Ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true }))
      assert.deepEqual(Parameters.map(({ Value }) => Value), ["new"])
    })
  ),

  "reads secrets of Secrets Manager only with decryption": believed(
    "AWS's answer is in sous-chefs/aws issue 419",
    Effect.gen(function*() {
      assert.deepEqual(yield* rejection(get("/aws/reference/secretsmanager/none")), [
        "ValidationException",
        "WithDecryption flag must be True for retrieving a Secret Manager secret."
      ])
    })
  ),

  "denies a parameter of another account by its ARN": believed(
    "AWS denies access to other accounts' resources in these words",
    Effect.gen(function*() {
      const arn = "arn:aws:ssm:us-east-1:999999999999:parameter/x"
      const { code, message } = yield* Effect.flip(get(arn))
      assert.strictEqual(code, "AccessDeniedException")
      assert.include(message, `is not authorized to perform: ssm:GetParameter on resource: ${arn} because`)
    })
  ),

  "rejects an ARN where only a name is allowed": documented(
    "API_DeleteParameters",
    Effect.gen(function*() {
      yield* put("/app/named")
      const { ARN = "" } = (yield* get("/app/named")) ?? {}
      assert.strictEqual(
        (yield* Effect.flip(Ssm.send(new DeleteParameterCommand({ Name: ARN })))).code,
        "ValidationException"
      )
      const deleted = yield* Ssm.send(new DeleteParametersCommand({ Names: [ARN, "/app/named", "/app/none"] }))
      assert.deepEqual(deleted.DeletedParameters, ["/app/named"])
      assert.deepEqual(deleted.InvalidParameters, [ARN, "/app/none"])
    })
  ),

  "lists the parameters below the root, with those that have no slash": believed(
    "a name is the same with and without a slash before it",
    Effect.gen(function*() {
      yield* put("flat")
      yield* put("/deep/er")
      const names = (Recursive: boolean) =>
        Effect.map(
          Ssm.send(new GetParametersByPathCommand({ Path: "/", Recursive })),
          ({ Parameters = [] }) => Parameters.map(({ Name }) => Name).sort()
        )
      assert.deepEqual(yield* names(false), ["flat"])
      assert.deepEqual(yield* names(true), ["/deep/er", "flat"])
    })
  ),

  "rejects a malformed or reserved path": believed(
    "AWS's answer is in aws/aws-sdk-js-v3 issue 5928; moto has that for a filter",
    Effect.gen(function*() {
      for (const Path of ["app", "/app//x", "/app/{x}", "/ssm/x", "/aws/x"]) {
        const [code, message] = yield* rejection(Ssm.send(new GetParametersByPathCommand({ Path })))
        assert.strictEqual(code, "ValidationException")
        assert.include(String(message), `The parameter name must begin with a forward slash "/". It can't be prefixed`)
      }
      const by = (path: string) =>
        Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Path", Values: [path] }] }))
      assert.deepEqual(yield* rejection(by("/aws/service")), [
        "ValidationException",
        `Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global ` +
        "parameters, please specify within a global namespace."
      ])
      assert.strictEqual((yield* Effect.flip(by("app"))).code, "ValidationException")
    })
  )
})
