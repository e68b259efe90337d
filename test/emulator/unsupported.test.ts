// What IAM, STS, ACM, SSM, EventBridge, Secrets Manager and AppConfig can't do here: such a call dies with a message that names it, and never succeeds in silence.
import { ListCertificatesCommand, RequestCertificateCommand } from "@aws-sdk/client-acm"
import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  type Validator
} from "@aws-sdk/client-appconfig"
import { CreateConnectionCommand, PutPermissionCommand } from "@aws-sdk/client-eventbridge"
import {
  AttachUserPolicyCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  SimulatePrincipalPolicyCommand
} from "@aws-sdk/client-iam"
import { CreateSecretCommand, PutResourcePolicyCommand, RotateSecretCommand } from "@aws-sdk/client-secrets-manager"
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetServiceSettingCommand,
  ListTagsForResourceCommand,
  PutParameterCommand
} from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { Acm, type AwsClients, type AwsError, AwsService, EventBridge, Iam, InMemory, Ssm, Sts } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

type Call = Effect.Effect<unknown, AwsError, AwsClients>

const role = { RoleArn: "arn:aws:iam::123456789012:role/r", RoleSessionName: "test" }
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
const jwt = `e30.${Buffer.from(JSON.stringify({ sub: "someone" })).toString("base64url")}.signature`
const parameter = { Name: "/p", Value: "v", Type: "String" } as const
const request = (input: object) => Acm.send(new RequestCertificateCommand({ DomainName: "www.example.com", ...input }))
const put = (input: object) => Ssm.send(new PutParameterCommand({ ...parameter, ...input }))

const secret = SecretsManager.send(new CreateSecretCommand({ Name: "s", SecretString: "v" }))
const AppConfig = AwsService.make(AppConfigClient)
const profile = (input: { readonly LocationUri: string; readonly Validators?: Array<Validator> }) =>
  AppConfig.send(new CreateApplicationCommand({ Name: "app" })).pipe(
    Effect.andThen(({ Id }) =>
      AppConfig.send(new CreateConfigurationProfileCommand({ ApplicationId: Id, Name: "settings", ...input }))
    )
  )

const cases: ReadonlyArray<readonly [title: string, call: Call, names: string]> = [
  [
    "the document of an AWS managed policy",
    Iam.send(new GetPolicyVersionCommand({ PolicyArn: readOnly, VersionId: "v1" })),
    readOnly
  ],
  ["the versions of an AWS managed policy", Iam.send(new ListPolicyVersionsCommand({ PolicyArn: readOnly })), readOnly],
  [
    "what to do about a policy of a service-linked role whose document isn't here",
    Iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" })).pipe(
      Effect.andThen(Iam.send(new GetAccountAuthorizationDetailsCommand({})))
    ),
    "leaves documents of AWS out if its Filter doesn't have AWSManagedPolicy"
  ],
  [
    "what to do about an attached policy whose document isn't here",
    Effect.gen(function*() {
      yield* Iam.send(new CreateUserCommand({ UserName: "u" }))
      const PolicyArn = "arn:aws:iam::aws:policy/AmazonTextractFullAccess"
      yield* Iam.send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn }))
      return yield* Iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: "arn:aws:iam::123456789012:user/u",
          ActionNames: ["s3:GetObject"]
        })
      )
    }),
    "Create a customer managed policy that has it"
  ],
  [
    "provided contexts",
    Sts.send(
      new AssumeRoleCommand({ ...role, ProvidedContexts: [{ ProviderArn: readOnly, ContextAssertion: "assertion" }] })
    ),
    "ProvidedContexts"
  ],
  [
    "an OAuth provider",
    Sts.send(
      new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: jwt, ProviderId: "www.amazon.com" })
    ),
    "ProviderId"
  ],
  [
    "a private certificate authority",
    request({
      CertificateAuthorityArn: "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/a"
    }),
    "CertificateAuthorityArn"
  ],
  ["a certificate that CloudFront manages", request({ ManagedBy: "CLOUDFRONT" }), "ManagedBy"],
  ["validation by HTTP", request({ ValidationMethod: "HTTP" }), "HTTP"],
  [
    "another method of validation for later",
    request({ Options: { ValidationMethod: "DNS", Export: "ENABLED" } }),
    "Options.ValidationMethod"
  ],
  ["a requested certificate with a rare key", request({ KeyAlgorithm: "RSA_4096" }), "RSA_4096"],
  ["a parameter for an integration", put({ DataType: "aws:ssm:integration" }), "aws:ssm:integration"],
  [
    "a parameter of another region",
    Ssm.send(new GetParameterCommand({ Name: "arn:aws:ssm:eu-west-1:123456789012:parameter/p" })),
    "another region"
  ],
  [
    "a service setting without a known default",
    Ssm.send(new GetServiceSettingCommand({ SettingId: "/ssm/opsinsights/opscenter" })),
    "/ssm/opsinsights/opscenter"
  ],
  [
    "the policy of a bus that names whom it isn't for",
    EventBridge.send(
      new PutPermissionCommand({
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Sid: "a", Effect: "Allow", NotPrincipal: "*", Action: "events:PutEvents", Resource: "*" }]
        })
      })
    ),
    "NotPrincipal"
  ],
  [
    "a connection with OAuth",
    EventBridge.send(
      new CreateConnectionCommand({
        Name: "connection",
        AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
        AuthParameters: {}
      })
    ),
    "OAuth"
  ],
  ["parameters that others share", Ssm.send(new DescribeParametersCommand({ Shared: true })), "Shared"],
  [
    "a parameter that AWS publishes",
    Ssm.send(new GetParameterCommand({ Name: "/aws/service/list" })),
    "/aws/service/list"
  ],
  [
    "the parameters that AWS publishes",
    Ssm.send(new GetParametersByPathCommand({ Path: "/aws/service" })),
    "/aws/service"
  ],
  [
    "the tags of a patch baseline",
    Ssm.send(new ListTagsForResourceCommand({ ResourceType: "PatchBaseline", ResourceId: "pb-0123456789abcdef0" })),
    "PatchBaseline"
  ],
  [
    "the rotation of a secret",
    Effect.andThen(secret, SecretsManager.send(new RotateSecretCommand({ SecretId: "s" }))),
    "RotateSecret"
  ],
  [
    "the replicas of a secret",
    SecretsManager.send(new CreateSecretCommand({ Name: "s", AddReplicaRegions: [{ Region: "eu-west-1" }] })),
    "AddReplicaRegions"
  ],
  [
    "a condition key that no request for a secret has here",
    Effect.andThen(
      secret,
      SecretsManager.send(
        new PutResourcePolicyCommand({
          SecretId: "s",
          ResourcePolicy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{
              Effect: "Allow",
              Principal: "*",
              Action: "secretsmanager:GetSecretValue",
              Resource: "*",
              Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } }
            }]
          })
        })
      )
    ),
    "aws:SourceVpce"
  ],
  [
    "a configuration that isn't hosted in AppConfig",
    profile({ LocationUri: "ssm-parameter://settings" }),
    "ssm-parameter://settings"
  ],
  [
    "a configuration with a validator",
    profile({ LocationUri: "hosted", Validators: [{ Type: "JSON_SCHEMA", Content: "{}" }] }),
    "Validators"
  ],
  [
    "a deployment strategy in a document",
    AppConfig.send(
      new CreateDeploymentStrategyCommand({
        Name: "slow",
        DeploymentDurationInMinutes: 1,
        GrowthFactor: 50,
        ReplicateTo: "SSM_DOCUMENT"
      })
    ),
    "documents of Systems Manager"
  ]
]

describe("a call that the emulator can't answer", () => {
  for (const [title, call, names] of cases) {
    it.effect(`dies for ${title}`, () =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(call)
        assert.isTrue(Exit.hasDies(exit), String(exit))
        const message = Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
        assert.include(message, "The in-memory ")
        assert.include(message, names)
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("changes nothing by members that have no effect", () =>
    Effect.gen(function*() {
      const { Credentials } = yield* Sts.send(
        new AssumeRoleCommand({
          ...role,
          PolicyArns: [{ arn: readOnly }],
          SerialNumber: "arn:aws:iam::123456789012:mfa/me",
          TokenCode: "123456",
          MinimumSessionTokenSize: 2048
        })
      )
      assert.isAtLeast(Credentials?.SessionToken?.length ?? 0, 2048)
      yield* put({})
      assert.lengthOf((yield* Ssm.send(new DescribeParametersCommand({ Shared: false }))).Parameters ?? [], 1)
      assert.deepEqual(
        (yield* Acm.send(new ListCertificatesCommand({ Includes: { managedBy: "CLOUDFRONT" } })))
          .CertificateSummaryList,
        []
      )
    }).pipe(Effect.provide(InMemory.layer())))
})
