// An account with one of each resource that a list can belong to.
import { Effect, Redacted } from "effect"
import { Acm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { metadata, PolicyDocument, trust } from "../../contract/iamSetup.ts"
import { call } from "./handled.ts"

type Inputs = Readonly<Record<string, object>>

const appConfig = Effect.gen(function*() {
  const { Id: ApplicationId } = yield* call("AppConfig", "CreateApplication", { Name: "app" })
  const environment = yield* call("AppConfig", "CreateEnvironment", { ApplicationId, Name: "live" })
  const LocationUri = "hosted"
  const profile = yield* call("AppConfig", "CreateConfigurationProfile", { ApplicationId, Name: "own", LocationUri })
  return { ApplicationId, EnvironmentId: environment.Id, ConfigurationProfileId: profile.Id }
})

const dynamoDb = Effect.gen(function*() {
  const { TableDescription } = yield* call("DynamoDB", "CreateTable", {
    TableName: "table",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
  })
  return { TableName: "table", ResourceArn: TableDescription.TableArn }
})

const ec2 = Effect.gen(function*() {
  const { Vpc: { VpcId } } = yield* call("EC2", "CreateVpc", { CidrBlock: "10.0.0.0/16" })
  const { Subnet: { SubnetId } } = yield* call("EC2", "CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" })
  const list = { PrefixListName: "list", MaxEntries: 1, AddressFamily: "IPv4" }
  const { PrefixList: { PrefixListId } } = yield* call("EC2", "CreateManagedPrefixList", list)
  const { TransitGateway: { TransitGatewayId } } = yield* call("EC2", "CreateTransitGateway")
  yield* TestClock.adjust("10 minutes")
  const { TransitGatewayVpcAttachment: { TransitGatewayAttachmentId } } = yield* call(
    "EC2",
    "CreateTransitGatewayVpcAttachment",
    { TransitGatewayId, VpcId, SubnetIds: [SubnetId] }
  )
  const { TransitGatewayRouteTable: { TransitGatewayRouteTableId } } = yield* call(
    "EC2",
    "CreateTransitGatewayRouteTable",
    { TransitGatewayId }
  )
  const { LaunchTemplate: { LaunchTemplateId } } = yield* call("EC2", "CreateLaunchTemplate", {
    LaunchTemplateName: "template",
    LaunchTemplateData: { InstanceType: "t3.micro", ImageId: "ami-12345678" }
  })
  const { FleetId } = yield* call("EC2", "CreateFleet", {
    Type: "maintain",
    LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateId, Version: "$Latest" } }],
    TargetCapacitySpecification: { TotalTargetCapacity: 0, DefaultTargetCapacityType: "on-demand" }
  })
  yield* TestClock.adjust("10 minutes")
  return {
    VpcId,
    SubnetId,
    PrefixListId,
    TransitGatewayAttachmentId,
    TransitGatewayRouteTableId,
    LaunchTemplateId,
    FleetId
  }
})

const iam = Effect.gen(function*() {
  const [GroupName, RoleName, UserName, InstanceProfileName] = ["group", "role", "user", "profile"] as const
  yield* call("IAM", "CreateGroup", { GroupName })
  yield* call("IAM", "CreateRole", { RoleName, AssumeRolePolicyDocument: trust })
  const user = yield* call("IAM", "CreateUser", { UserName })
  yield* call("IAM", "CreateInstanceProfile", { InstanceProfileName })
  const { Policy: { Arn: PolicyArn } } = yield* call("IAM", "CreatePolicy", { PolicyName: "policy", PolicyDocument })
  const mfa = yield* call("IAM", "CreateVirtualMFADevice", { VirtualMFADeviceName: "device" })
  const { OpenIDConnectProviderArn } = yield* call("IAM", "CreateOpenIDConnectProvider", {
    Url: "https://oidc.example.com",
    ClientIDList: ["client"],
    ThumbprintList: ["0".repeat(40)]
  })
  const { certificate, privateKey } = yield* Acm.SelfSignedCertificate.generate({
    issuer: "Test",
    subject: "www.example.com",
    subjectAlternativeNames: ["www.example.com"],
    validity: "2 days"
  })
  const ServerCertificateName = "certificate"
  yield* call("IAM", "UploadServerCertificate", {
    ServerCertificateName,
    CertificateBody: certificate,
    PrivateKey: Redacted.value(privateKey)
  })
  const saml = yield* call("IAM", "CreateSAMLProvider", { Name: "saml", SAMLMetadataDocument: metadata })
  return {
    SAMLProviderArn: saml.SAMLProviderArn,
    GroupName,
    RoleName,
    UserName,
    InstanceProfileName,
    PolicyArn,
    SerialNumber: mfa.VirtualMFADevice.SerialNumber,
    OpenIDConnectProviderArn,
    ServerCertificateName,
    PolicySourceArn: user.User.Arn,
    PolicyInputList: [PolicyDocument],
    ActionNames: ["s3:GetObject"]
  }
})

const organizations = Effect.gen(function*() {
  yield* call("Organizations", "CreateOrganization", { FeatureSet: "ALL" })
  const { Roots: [{ Id: RootId }] } = yield* call("Organizations", "ListRoots")
  const unit = yield* call("Organizations", "CreateOrganizationalUnit", { ParentId: RootId, Name: "unit" })
  const { CreateAccountStatus } = yield* call("Organizations", "CreateAccount", {
    AccountName: "member",
    Email: "member@example.com"
  })
  yield* TestClock.adjust("10 minutes")
  const { CreateAccountStatus: { AccountId } } = yield* call("Organizations", "DescribeCreateAccountStatus", {
    CreateAccountRequestId: CreateAccountStatus.Id
  })
  const ServicePrincipal = "guardduty.amazonaws.com"
  yield* call("Organizations", "EnableAWSServiceAccess", { ServicePrincipal })
  yield* call("Organizations", "RegisterDelegatedAdministrator", { AccountId, ServicePrincipal })
  yield* call("Organizations", "EnablePolicyType", { RootId, PolicyType: "SERVICE_CONTROL_POLICY" })
  return {
    ParentId: RootId,
    ChildId: unit.OrganizationalUnit.Id,
    ChildType: "ACCOUNT",
    AccountId,
    ResourceId: AccountId,
    TargetId: RootId,
    Filter: "SERVICE_CONTROL_POLICY",
    PolicyId: "p-FullAWSAccess"
  }
})

const s3 = Effect.gen(function*() {
  const [Bucket, Key] = ["bucket-of-parents", "key"]
  yield* call("S3", "CreateBucket", { Bucket })
  yield* call("S3", "PutObject", { Bucket, Key, Body: "x" })
  const { UploadId } = yield* call("S3", "CreateMultipartUpload", { Bucket, Key })
  return { Bucket, Key, UploadId, ObjectAttributes: ["ObjectParts"] }
})

const ssm = Effect.gen(function*() {
  yield* call("SSM", "PutParameter", { Name: "/p", Value: "v", Type: "String" })
  yield* call("SSM", "CreateDocument", {
    Name: "document",
    DocumentType: "Command",
    Content: JSON.stringify({
      schemaVersion: "2.2",
      description: "d",
      mainSteps: [{ action: "aws:runShellScript", name: "s", inputs: { runCommand: ["ls"] } }]
    })
  })
})

/** Creates them, and answers with the members that the inputs of lists need, by service and by operation. */
export const createParents = Effect.gen(function*() {
  const target = "arn:aws:sqs:us-east-1:123456789012:queue"
  yield* call("EventBridge", "PutRule", { Name: "rule", ScheduleExpression: "rate(1 hour)" })
  yield* call("ECS", "CreateCluster", { clusterName: "default" })
  yield* call("OpenSearch", "CreateDomain", { DomainName: "domain" })
  yield* call("Secrets Manager", "CreateSecret", { Name: "secret", SecretString: "s" })
  yield* ssm
  const services: Inputs = {
    AppConfig: yield* appConfig,
    DynamoDB: yield* dynamoDb,
    EC2: yield* ec2,
    EventBridge: { TargetArn: target, Rule: "rule" },
    IAM: yield* iam,
    OpenSearch: { DomainName: "domain" },
    Organizations: yield* organizations,
    S3: yield* s3,
    "Secrets Manager": { SecretId: "secret" }
  }
  const operations: Inputs = {
    "CloudWatch GetMetricData": {
      StartTime: new Date(0),
      EndTime: new Date(3_600_000),
      MetricDataQueries: [{ Id: "a", Expression: "TIME_SERIES(1)" }]
    },
    "EC2 DescribeLaunchTemplateVersions": { Versions: ["$Latest"] },
    "EC2 SearchTransitGatewayRoutes": { Filters: [{ Name: "state", Values: ["active"] }] },
    "IAM ListAccessKeys": { UserName: "user" },
    "IAM ListMFADevices": { UserName: "user" },
    "IAM ListSSHPublicKeys": { UserName: "user" },
    "IAM ListServiceSpecificCredentials": { UserName: "user" },
    "IAM ListSigningCertificates": { UserName: "user" },
    "Secrets Manager BatchGetSecretValue": { SecretIdList: ["secret"] },
    "SSM DescribeDocumentPermission": { Name: "document", PermissionType: "Share" },
    "SSM DescribeSessions": { State: "History" },
    "SSM GetParameterHistory": { Name: "/p" },
    "SSM GetParametersByPath": { Path: "/" },
    "SSM ListDocumentVersions": { Name: "document" }
  }
  return { services, operations }
})
