// Checked by `tsc`: what the types of the core promise.
import { type ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm"
import { type CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeVpcsCommand, type DescribeVpcsCommandOutput, type EC2Client } from "@aws-sdk/client-ec2"
import { type ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs"
import { type EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge"
import { GetRoleCommand, type GetRoleCommandOutput, type IAMClient } from "@aws-sdk/client-iam"
import { ListDomainNamesCommand, type OpenSearchClient } from "@aws-sdk/client-opensearch"
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes
} from "@aws-sdk/client-s3"
import { GetParameterCommand, type GetParameterCommandOutput, SSMClient } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts"
import type { Command } from "@smithy/types"
import { Effect, type Layer, type Stream } from "effect"
import {
  Acm,
  AwsClients,
  AwsError,
  type AwsErrorReason,
  AwsService,
  CloudWatch,
  Ec2,
  Ecs,
  EventBridge,
  Iam,
  InMemory,
  OpenSearch,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import { expectTypeOf } from "vitest"

type ParameterCodes = "InternalServerError" | "InvalidKeyId" | "ParameterNotFound" | "ParameterVersionNotFound"

const parameter = Ssm.send(new GetParameterCommand({ Name: "/p" }))
expectTypeOf(parameter).toEqualTypeOf<Effect.Effect<GetParameterCommandOutput, AwsError<ParameterCodes>, AwsClients>>()

const role = Iam.send(new GetRoleCommand({ RoleName: "r" }))
expectTypeOf(role).toEqualTypeOf<
  Effect.Effect<GetRoleCommandOutput, AwsError<"NoSuchEntityException" | "ServiceFailureException">, AwsClients>
>()

// EC2 documents no codes.
const vpcs = Ec2.send(new DescribeVpcsCommand({}))
expectTypeOf(vpcs).toEqualTypeOf<Effect.Effect<DescribeVpcsCommandOutput, AwsError<string>, AwsClients>>()

const objects = S3.pages(new ListObjectsV2Command({ Bucket: "b" }))
expectTypeOf(objects).toEqualTypeOf<Stream.Stream<ListObjectsV2CommandOutput, AwsError<"NoSuchBucket">, AwsClients>>()

const keys = S3.items(new ListObjectsV2Command({ Bucket: "b" }), (page) => page.Contents?.map(({ Key }) => Key))
expectTypeOf(keys).toEqualTypeOf<Stream.Stream<string | undefined, AwsError<"NoSuchBucket">, AwsClients>>()

// Another service's command does not compile, for any of the ten.
// @ts-expect-error
void Acm.send(new ListMetricsCommand({}))
// @ts-expect-error
void CloudWatch.send(new DescribeVpcsCommand({}))
// @ts-expect-error
void Ec2.send(new ListClustersCommand({}))
// @ts-expect-error
void Ecs.send(new ListRulesCommand({}))
// @ts-expect-error
void EventBridge.send(new GetRoleCommand({ RoleName: "r" }))
// @ts-expect-error
void Iam.send(new ListDomainNamesCommand({}))
// @ts-expect-error
void OpenSearch.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))
// @ts-expect-error
void S3.send(new GetParameterCommand({ Name: "/p" }))
// @ts-expect-error
void Ssm.send(new GetCallerIdentityCommand({}))
// @ts-expect-error
void Sts.send(new ListCertificatesCommand({}))

// All 90 ordered pairs of a client and a command of another service, and the ten pairs of one service.
interface Clients {
  readonly Acm: ACMClient
  readonly CloudWatch: CloudWatchClient
  readonly Ec2: EC2Client
  readonly Ecs: ECSClient
  readonly EventBridge: EventBridgeClient
  readonly Iam: IAMClient
  readonly OpenSearch: OpenSearchClient
  readonly S3: S3Client
  readonly Ssm: SSMClient
  readonly Sts: STSClient
}
interface Commands {
  readonly Acm: ListCertificatesCommand
  readonly CloudWatch: ListMetricsCommand
  readonly Ec2: DescribeVpcsCommand
  readonly Ecs: ListClustersCommand
  readonly EventBridge: ListRulesCommand
  readonly Iam: GetRoleCommand
  readonly OpenSearch: ListDomainNamesCommand
  readonly S3: GetObjectCommand
  readonly Ssm: GetParameterCommand
  readonly Sts: GetCallerIdentityCommand
}
type Pairs = {
  readonly [Client in keyof Clients]: {
    readonly [Of in keyof Commands]: unknown extends AwsService.BelongsTo<Clients[Client], Commands[Of]> ? true : false
  }
}
expectTypeOf<Pairs>().toEqualTypeOf<
  {
    readonly [Client in keyof Clients]: {
      readonly [Of in keyof Commands]: Client extends Of ? true : false
    }
  }
>()

// A command of another version of the client compiles: one whose service has more members than the client's, or fewer.
type VersionOf<Input extends object, Output extends { readonly $metadata: {} }> = Command<
  Input,
  Input,
  Output,
  Output,
  any
>
interface NewerInput {
  readonly Bucket: string
  readonly MemberOfANewerVersion?: string
}
declare const newer: VersionOf<ServiceInputTypes | NewerInput, ServiceOutputTypes>
declare const older: VersionOf<
  Exclude<ServiceInputTypes, { RenameSource: unknown }>,
  Exclude<ServiceOutputTypes, { Body?: unknown }>
>
void S3.send(newer)
void S3.send(older)
// One that has more members here and fewer there is another service's.
declare const different: VersionOf<
  Exclude<ServiceInputTypes, { RenameSource: unknown }> | NewerInput,
  ServiceOutputTypes
>
// @ts-expect-error
void S3.send(different)

// @ts-expect-error
void S3.pages(new GetParameterCommand({ Name: "/p" }))
// @ts-expect-error
void S3.items(new GetParameterCommand({ Name: "/p" }), () => [])

// The option `token` gets the page and the input of the command, and returns members of the input.
void S3.items(new ListObjectsV2Command({ Bucket: "b" }), (page) => page.Contents, {
  token: (page, input) => {
    expectTypeOf(page).toEqualTypeOf<ListObjectsV2CommandOutput>()
    expectTypeOf(input).toEqualTypeOf<ListObjectsV2CommandInput>()
    return page.IsTruncated === true
      ? { ContinuationToken: page.NextContinuationToken, StartAfter: undefined }
      : undefined
  }
})
// @ts-expect-error
void S3.pages(new ListObjectsV2Command({ Bucket: "b" }), { token: () => ({ NextToken: "t" }) })
// @ts-expect-error
void S3.pages(new ListObjectsV2Command({ Bucket: "b" }), { token: () => ({ ContinuationToken: 1 }) })
expectTypeOf<AwsService.InputOf<ListObjectsV2Command>>().toEqualTypeOf<ListObjectsV2CommandInput>()
expectTypeOf<AwsService.PageOptions>().toExtend<AwsService.PageOptions<ListObjectsV2Command>>()

// The codes that AWS documents are known, any other may be given, and a handled one is gone.
expectTypeOf<AwsError.CodeOf<Effect.Error<typeof parameter>>>().toEqualTypeOf<ParameterCodes>()
const found = parameter.pipe(AwsError.catchCode("ParameterNotFound", (error) => {
  expectTypeOf(error).toEqualTypeOf<AwsError<"ParameterNotFound">>()
  return Effect.succeed(1)
}))
expectTypeOf(found).toEqualTypeOf<
  Effect.Effect<
    GetParameterCommandOutput | number,
    AwsError<Exclude<ParameterCodes, "ParameterNotFound">>,
    AwsClients
  >
>()
const several = AwsError.catchCode(parameter, ["ParameterNotFound", "SomethingNew"], () => Effect.succeed(1))
expectTypeOf<Effect.Error<typeof several>>().toEqualTypeOf<AwsError<Exclude<ParameterCodes, "ParameterNotFound">>>()
// An error type that knows no codes stays as it is: an AwsError with another code may still come.
const open = AwsError.catchCode(vpcs, "InvalidVpcID.NotFound", () => Effect.succeed(1))
expectTypeOf<Effect.Error<typeof open>>().toEqualTypeOf<AwsError<string>>()
// Codes that are only known to be strings narrow nothing.
declare const someCodes: ReadonlyArray<string>
const narrowed = parameter.pipe(Effect.catchIf(AwsError.hasCode(...someCodes), () => Effect.void))
expectTypeOf<Effect.Error<typeof narrowed>>().toEqualTypeOf<AwsError<ParameterCodes>>()
// Other errors pass.
const mixed = Effect.fail(new Ssm.ParameterDoesNotExist({ parameter: "/p" })).pipe(
  Effect.andThen(parameter),
  AwsError.catchCode("InvalidKeyId", () => Effect.void)
)
expectTypeOf<Extract<Effect.Error<typeof mixed>, Ssm.ParameterDoesNotExist>>().toEqualTypeOf<
  Ssm.ParameterDoesNotExist
>()

// Codes do not get in the way of assigning.
expectTypeOf<AwsError<"NoSuchBucket">>().toExtend<AwsError>()

// Reasons are Effect's reasons.
const byReason = parameter.pipe(Effect.catchReason("AwsError", "Throttled", (reason) => {
  expectTypeOf(reason).toEqualTypeOf<AwsErrorReason.Throttled>()
  return Effect.succeed(1)
}))
expectTypeOf<Effect.Success<typeof byReason>>().toEqualTypeOf<GetParameterCommandOutput | number>()

// A service that has no module here.
const own = AwsService.make(SSMClient).send(new GetParameterCommand({ Name: "/p" }))
expectTypeOf(own).toEqualTypeOf<Effect.Effect<GetParameterCommandOutput, AwsError<string>, AwsClients>>()

expectTypeOf(AwsClients.get(SSMClient)).toEqualTypeOf<Effect.Effect<SSMClient, never, AwsClients>>()
expectTypeOf(InMemory.layer()).toEqualTypeOf<Layer.Layer<AwsClients | InMemory>>()
