// What already exists isn't created again: AWS answers a duplicate with an error, or with what exists. botocore tells which commands create.
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Result } from "effect"
import { type AwsError, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { metadata, PolicyDocument, trust } from "../contract/iamSetup.ts"
import { service } from "../support/botocore.ts"
import { botocoreNames, call } from "./support/handled.ts"
import { createParents } from "./support/parents.ts"

const isAvailable = Result.isSuccess(await Effect.runPromise(Effect.result(service("sts"))))

/** AWS's answer to the same request again. */
type Again = readonly [input: object, code: string]

const same = "the same answer"

const requests = Effect.gen(function*() {
  const { services } = yield* createParents
  const inputs = (service: string) => services[service] as Readonly<Record<string, string>>
  const { SubnetId, TransitGatewayAttachmentId, TransitGatewayRouteTableId, VpcId } = inputs("EC2")
  const { ApplicationId, ConfigurationProfileId } = inputs("AppConfig")
  const { ParentId } = inputs("Organizations")
  const { RouteTable: { RouteTableId } } = yield* call("EC2", "CreateRouteTable", { VpcId })
  const { InternetGateway: { InternetGatewayId } } = yield* call("EC2", "CreateInternetGateway")
  yield* call("EC2", "AttachInternetGateway", { InternetGatewayId, VpcId })
  const { NetworkAcl: { NetworkAclId } } = yield* call("EC2", "CreateNetworkAcl", { VpcId })
  const { VpnGateway: { VpnGatewayId } } = yield* call("EC2", "CreateVpnGateway", { Type: "ipsec.1" })
  const { CustomerGateway: { CustomerGatewayId } } = yield* call("EC2", "CreateCustomerGateway", {
    Type: "ipsec.1",
    IpAddress: "203.0.113.9",
    BgpAsn: 65_000
  })
  const { VpnConnection: { VpnConnectionId } } = yield* call("EC2", "CreateVpnConnection", {
    Type: "ipsec.1",
    CustomerGatewayId,
    VpnGatewayId,
    Options: { StaticRoutesOnly: true }
  })
  const { Images: [{ ImageId }] } = yield* call("EC2", "DescribeImages", {
    Filters: [{ Name: "name", Values: ["al2023-ami-2023*x86_64"] }]
  })
  const { Instances: [{ InstanceId }] } = yield* call("EC2", "RunInstances", {
    ImageId,
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    SubnetId
  })
  yield* TestClock.adjust("10 minutes")
  const peer = yield* call("EC2", "CreateVpc", { CidrBlock: "10.1.0.0/16" })
  yield* call("ECS", "RegisterTaskDefinition", {
    family: "task",
    containerDefinitions: [{ name: "main", image: "nginx", memory: 64 }]
  })
  const connection = yield* call("EventBridge", "CreateConnection", {
    Name: "before",
    AuthorizationType: "API_KEY",
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "k", ApiKeyValue: "v" } }
  })
  const archived = "arn:aws:events:us-east-1:123456789012:event-bus/default"
  const exists = "EntityAlreadyExistsException"
  const table: Readonly<Record<string, Again>> = {
    "AppConfig CreateHostedConfigurationVersion": [
      { ApplicationId, ConfigurationProfileId, Content: "{}", ContentType: "application/json", LatestVersionNumber: 0 },
      "ConflictException"
    ],
    "DynamoDB CreateTable": [
      {
        TableName: "again",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
      },
      "ResourceInUseException"
    ],
    "EC2 CreateDefaultVpc": [{}, "DefaultVpcAlreadyExists"],
    "EC2 CreateDefaultSubnet": [{ AvailabilityZone: "us-east-1a" }, "DefaultSubnetAlreadyExistsInAvailabilityZone"],
    "EC2 CreateImage": [{ InstanceId, Name: "again" }, "InvalidAMIName.Duplicate"],
    "EC2 CreateKeyPair": [{ KeyName: "again" }, "InvalidKeyPair.Duplicate"],
    "EC2 CreateLaunchTemplate": [
      { LaunchTemplateName: "again", LaunchTemplateData: { InstanceType: "t3.micro" } },
      "InvalidLaunchTemplateName.AlreadyExistsException"
    ],
    "EC2 CreateNetworkAclEntry": [
      { NetworkAclId, RuleNumber: 100, Protocol: "-1", RuleAction: "allow", Egress: false, CidrBlock: "0.0.0.0/0" },
      "NetworkAclEntryAlreadyExists"
    ],
    "EC2 CreatePlacementGroup": [{ GroupName: "again", Strategy: "cluster" }, "InvalidPlacementGroup.Duplicate"],
    "EC2 CreateRoute": [
      { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId },
      "RouteAlreadyExists"
    ],
    "EC2 CreateVpcPeeringConnection": [{ VpcId, PeerVpcId: peer.Vpc.VpcId }, "VpcPeeringConnectionAlreadyExists"],
    "EC2 CreateSecurityGroup": [
      { GroupName: "again", Description: "again", VpcId },
      "InvalidGroup.Duplicate"
    ],
    "EC2 CreateSubnet": [{ VpcId, CidrBlock: "10.0.77.0/24" }, "InvalidSubnet.Conflict"],
    "EC2 CreateTags": [{ Resources: [VpcId], Tags: [{ Key: "k", Value: "v" }] }, same],
    "EC2 CreateTransitGatewayRoute": [
      { TransitGatewayRouteTableId, DestinationCidrBlock: "10.9.0.0/16", TransitGatewayAttachmentId },
      "RouteAlreadyExists"
    ],
    "EC2 CreateTransitGatewayVpcAttachment": [
      {
        TransitGatewayId: (yield* call("EC2", "DescribeTransitGateways")).TransitGateways[0].TransitGatewayId,
        VpcId:
          (yield* call("EC2", "DescribeVpcs", { Filters: [{ Name: "is-default", Values: ["true"] }] })).Vpcs[0].VpcId,
        SubnetIds: [
          (yield* call("EC2", "DescribeSubnets", { Filters: [{ Name: "default-for-az", Values: ["true"] }] }))
            .Subnets[0].SubnetId
        ]
      },
      "DuplicateTransitGatewayAttachment"
    ],
    "EC2 CreateVpcEndpoint": [
      { VpcId, ServiceName: "com.amazonaws.us-east-1.s3", RouteTableIds: [RouteTableId] },
      "RouteAlreadyExists"
    ],
    "EC2 CreateVpnConnectionRoute": [{ VpnConnectionId, DestinationCidrBlock: "10.8.0.0/16" }, same],
    "EC2 CreateCustomerGateway": [{ Type: "ipsec.1", IpAddress: "203.0.113.1", BgpAsn: 65_000 }, same],
    "ECS CreateCluster": [{ clusterName: "again" }, same],
    "ECS CreateCapacityProvider": [
      {
        name: "again",
        autoScalingGroupProvider: {
          autoScalingGroupArn:
            "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:a1b2c3d4-5678-90ab-cdef-EXAMPLE11111:autoScalingGroupName/asg"
        }
      },
      "ClientException"
    ],
    "EventBridge CreateArchive": [{ ArchiveName: "again", EventSourceArn: archived }, "ResourceAlreadyExistsException"],
    "EventBridge CreateEventBus": [{ Name: "again" }, "ResourceAlreadyExistsException"],
    "EventBridge CreateConnection": [
      {
        Name: "again",
        AuthorizationType: "API_KEY",
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "k", ApiKeyValue: "v" } }
      },
      "ResourceAlreadyExistsException"
    ],
    "EventBridge CreateApiDestination": [
      {
        Name: "again",
        ConnectionArn: connection.ConnectionArn,
        InvocationEndpoint: "https://example.com/",
        HttpMethod: "POST"
      },
      "ResourceAlreadyExistsException"
    ],
    // An account has one alias at most: a new one replaces it.
    "IAM CreateAccountAlias": [{ AccountAlias: "again" }, same],
    "IAM CreateGroup": [{ GroupName: "again" }, exists],
    "IAM CreateInstanceProfile": [{ InstanceProfileName: "again" }, exists],
    "IAM CreateLoginProfile": [{ UserName: "user", Password: "aA1!aA1!aA1!aA1!" }, exists],
    "IAM CreateOpenIDConnectProvider": [{ Url: "https://again.example.com", ThumbprintList: ["1".repeat(40)] }, exists],
    "IAM CreatePolicy": [{ PolicyName: "again", PolicyDocument }, exists],
    "IAM CreateRole": [{ RoleName: "again", AssumeRolePolicyDocument: trust }, exists],
    "IAM CreateSAMLProvider": [{ Name: "again", SAMLMetadataDocument: metadata }, exists],
    "IAM CreateServiceLinkedRole": [{ AWSServiceName: "autoscaling.amazonaws.com" }, "InvalidInputException"],
    "IAM CreateUser": [{ UserName: "again" }, exists],
    "IAM CreateVirtualMFADevice": [{ VirtualMFADeviceName: "again" }, exists],
    "OpenSearch CreateDomain": [{ DomainName: "again" }, "ResourceAlreadyExistsException"],
    "Organizations CreateOrganization": [{}, "AlreadyInOrganizationException"],
    "Organizations CreateOrganizationalUnit": [
      { ParentId, Name: "again" },
      "DuplicateOrganizationalUnitException"
    ],
    "Organizations CreatePolicy": [
      {
        Name: "again",
        Description: "",
        Type: "SERVICE_CONTROL_POLICY",
        Content: PolicyDocument.replace("arn:aws:s3:::bucket/*", "*")
      },
      "DuplicatePolicyException"
    ],
    "S3 CreateBucket": [{ Bucket: "bucket-again" }, same],
    "Secrets Manager CreateSecret": [{ Name: "again", SecretString: "s" }, "ResourceExistsException"],
    "ECS CreateService": [
      { serviceName: "again", taskDefinition: "task", desiredCount: 0 },
      "InvalidParameterException"
    ],
    "SSM CreateDocument": [
      {
        Name: "again",
        DocumentType: "Command",
        Content: JSON.stringify({
          schemaVersion: "2.2",
          mainSteps: [{ action: "aws:runShellScript", name: "s", inputs: { runCommand: ["ls"] } }]
        })
      },
      "DocumentAlreadyExists"
    ]
  }
  return table
})

/** Commands that create another one each time, by the reason. */
const another: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    "What it creates has no name, and an account can have several alike.": `
      EC2 CreateDhcpOptions, EC2 CreateEgressOnlyInternetGateway, EC2 CreateFleet, EC2 CreateInternetGateway, EC2 CreateNatGateway,
      EC2 CreateNetworkAcl, EC2 CreateNetworkInterface, EC2 CreateRouteTable, EC2 CreateSnapshot, EC2 CreateTrafficMirrorFilter,
      EC2 CreateTransitGateway, EC2 CreateTransitGatewayRouteTable, EC2 CreateVolume, EC2 CreateVpc, EC2 CreateVpnGateway,
      IAM CreateAccessKey, IAM CreateServiceSpecificCredential, S3 CreateMultipartUpload`,
    "Names needn't be unique: an id tells one from the other.": `
      AppConfig CreateApplication, AppConfig CreateConfigurationProfile, AppConfig CreateDeploymentStrategy,
      AppConfig CreateEnvironment, EC2 CreateManagedPrefixList, SSM CreateMaintenanceWindow`,
    "It adds a version, which may be like the one before.": "EC2 CreateLaunchTemplateVersion, IAM CreatePolicyVersion",
    "AWS says that a repeat is no error.": "EC2 CreateVpnConnection",
    "The answer is no error, but says what failed. Cases of the contract have it.": `
      EC2 CreateFlowLogs, Organizations CreateAccount`,
    "An interface mirrors to several targets. Cases of the contract have what is refused.": `
      EC2 CreateTrafficMirrorSession, EC2 CreateTrafficMirrorTarget`
  }).flatMap(([reason, titles]) => titles.trim().split(/,\s+/).map((title) => [title, reason]))
)

/** What a call answers, without what each answer has of its own; or the code of its error. */
const answerOf = (exit: Exit.Exit<any, AwsError>): string => {
  if (Exit.isSuccess(exit)) return JSON.stringify({ ...exit.value, $metadata: undefined })
  const error = Cause.squash(exit.cause) as AwsError
  return error.code ?? error.message
}

it.effect.skipIf(!isAvailable)("what exists already isn't created again", () =>
  Effect.gen(function*() {
    const table = yield* requests
    const wrong: Array<string> = []
    const tested: Array<string> = []
    for (const [id, name] of Object.entries(botocoreNames)) {
      for (const { name: operation } of (yield* service(name)).operations) {
        const title = `${id} ${operation}`
        if (!operation.startsWith("Create") || !InMemory.commands[id]!.includes(operation)) continue
        const known = table[title]
        if (known === undefined) {
          if (!(title in another)) wrong.push(`${title} is in no table.`)
          continue
        }
        tested.push(title)
        const [input, expected] = known
        const send = Effect.map(Effect.exit(call(id, operation, input)), answerOf)
        const first = yield* send
        const second = yield* send
        const answer = second === first && first.startsWith("{") ? same : second
        if (answer !== expected) wrong.push(`${title} answers ${first}, then ${second}`)
      }
    }
    assert.deepEqual(tested.sort(), Object.keys(table).sort())
    assert.deepEqual(wrong, [])
  }).pipe(Effect.provide(InMemory.layer())))
