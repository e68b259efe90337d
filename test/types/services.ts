// `tsc` checks this file: the exact success, error and requirement types of every public function.
import type { Instance, KeyPairInfo } from "@aws-sdk/client-ec2"
import {
  Config,
  type ConfigProvider,
  type Effect,
  type Layer,
  Redacted,
  Schedule,
  Schema,
  type Scope,
  type Stream
} from "effect"
import {
  Acm,
  arkime,
  AssumeRole,
  AwsClients,
  type AwsError,
  CloudWatch,
  Compute,
  Default,
  Ec2,
  Ecs,
  EventBridge,
  Iam,
  InMemory,
  OpenSearch,
  Polling,
  Profile,
  Retry,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import type { Readable } from "node:stream"
import { expectTypeOf } from "vitest"

type Eff<A, E> = Effect.Effect<A, E, AwsClients>
type Str<A, E> = Stream.Stream<A, E, AwsClients>

// Ec2
const eni = new Ec2.NetworkInterface({ vpcId: "v", subnetId: "s", eniId: "e", eniType: "interface" })
expectTypeOf(Ec2.listSubnetsOfVpc("v")).toEqualTypeOf<Str<string, Ec2.VpcDoesNotExist | AwsError>>()
expectTypeOf(Ec2.listEnisOfSubnet("s")).toEqualTypeOf<Str<Ec2.NetworkInterface, AwsError>>()
expectTypeOf(Ec2.getEnisOfInstance("i")).toEqualTypeOf<
  Eff<ReadonlyArray<Ec2.NetworkInterface>, Ec2.InstanceDoesNotExist | AwsError>
>()
expectTypeOf(Ec2.mirrorEni({ eni, trafficTarget: "t", trafficFilter: "f", vpcId: "v" })).toEqualTypeOf<
  Eff<string, Ec2.NonMirrorableEniType | AwsError>
>()
expectTypeOf(Ec2.lookup("Instance", "i")).toEqualTypeOf<Eff<Instance, Ec2.ResourceDoesNotExist | AwsError>>()
expectTypeOf(Ec2.lookup("KeyPair", "key")).toEqualTypeOf<Eff<KeyPairInfo, Ec2.ResourceDoesNotExist | AwsError>>()
// EC2 has no filter for its id.
// @ts-expect-error
void Ec2.lookup("LaunchTemplate", "lt")
expectTypeOf(Ec2.deleteEniMirroring("s")).toEqualTypeOf<Eff<void, Ec2.MirrorDoesNotExist | AwsError>>()
expectTypeOf(Ec2.getVpcDetails("v")).toEqualTypeOf<Eff<Ec2.VpcDetails, Ec2.VpcDoesNotExist | AwsError>>()
expectTypeOf(Ec2.availabilityZones).toEqualTypeOf<Eff<ReadonlyArray<string>, AwsError>>()

// S3
expectTypeOf<S3.BucketStatus>().toEqualTypeOf<"DoesNotExist" | "ExistsHaveAccess" | "ExistsNoAccess">()
expectTypeOf(S3.getBucketStatus("b")).toEqualTypeOf<Eff<S3.BucketStatus, AwsError>>()
expectTypeOf(S3.createBucket("b")).toEqualTypeOf<
  Eff<void, S3.BucketNameNotAvailable | S3.BucketInAnotherRegion | AwsError>
>()
expectTypeOf(S3.createBucket("b", { objectOwnership: "ObjectWriter", objectLock: true, tags: { a: "1" } }))
  .toEqualTypeOf<
    Eff<void, S3.BucketNameNotAvailable | S3.BucketInAnotherRegion | AwsError>
  >()
expectTypeOf(S3.ensureBucketExists("b", { tags: {} })).toEqualTypeOf<
  Eff<void, S3.CouldNotEnsureBucketExists | AwsError>
>()
expectTypeOf(S3.destroyBucket("b", { concurrency: 2 })).toEqualTypeOf<Eff<void, S3.BucketNotEmptied | AwsError>>()
expectTypeOf(S3.uploadFile({ path: "p", bucket: "b", key: "k", metadata: { a: "1" } })).toEqualTypeOf<
  Eff<
    S3.WrittenObject,
    S3.CannotReadFile | S3.BucketDoesNotExist | S3.BucketAccessDenied | S3.PreconditionFailed | AwsError
  >
>()
type NotPut = S3.CannotReadBody | S3.BucketDoesNotExist | S3.BucketAccessDenied | S3.PreconditionFailed | AwsError
expectTypeOf(S3.putObject({ bucket: "b", key: "k", body: "text" })).toEqualTypeOf<Eff<S3.WrittenObject, NotPut>>()
declare const lines: Stream.Stream<string, "read", "Database">
expectTypeOf(S3.putObject({ bucket: "b", key: "k", body: lines })).toEqualTypeOf<
  Effect.Effect<S3.WrittenObject, "read" | NotPut, "Database" | AwsClients>
>()
declare const readable: Readable
expectTypeOf(S3.putObject({ bucket: "b", key: "k", body: readable })).toEqualTypeOf<Eff<S3.WrittenObject, NotPut>>()
expectTypeOf(S3.listUnfinishedUploads("b", { prefix: "p" })).toEqualTypeOf<
  Str<S3.UnfinishedUpload, S3.BucketDoesNotExist | AwsError>
>()
expectTypeOf(S3.abortUnfinishedUploads("b", { olderThan: "1 day" })).toEqualTypeOf<
  Eff<ReadonlyArray<S3.UnfinishedUpload>, S3.BucketDoesNotExist | AwsError>
>()
expectTypeOf(arkime.objectOptions).toEqualTypeOf<S3.ObjectOptions>()
expectTypeOf(S3.listObjects("b", { prefix: "p" })).toEqualTypeOf<Str<S3.S3Object, S3.BucketDoesNotExist | AwsError>>()
expectTypeOf(S3.listObjects("b", { startAfter: "k", concurrency: 8 }))
  .toEqualTypeOf<Str<S3.S3Object, S3.BucketDoesNotExist | AwsError>>()
expectTypeOf(S3.listObjects("b", { delimiter: "/" }))
  .toEqualTypeOf<Str<S3.S3Object | S3.S3Prefix, S3.BucketDoesNotExist | AwsError>>()
expectTypeOf(S3.listObjectVersions("b", { prefix: "p" }))
  .toEqualTypeOf<Str<S3.S3ObjectVersion | S3.S3DeleteMarker, S3.BucketDoesNotExist | AwsError>>()
expectTypeOf(S3.copyObject({ from: { bucket: "b", key: "k" }, to: { bucket: "b", key: "l" }, tags: { a: "1" } }))
  .toEqualTypeOf<
    Eff<
      S3.WrittenObject,
      | S3.ObjectDoesNotExist
      | S3.ObjectArchived
      | S3.PreconditionFailed
      | S3.ObjectChanged
      | S3.BucketDoesNotExist
      | S3.BucketAccessDenied
      | AwsError
    >
  >()
expectTypeOf(S3.deleteObjects("b", ["k", { key: "k", versionId: "v" }])).toEqualTypeOf<
  Eff<number, S3.ObjectsNotDeleted | S3.BucketDoesNotExist | AwsError>
>()
expectTypeOf(S3.deleteObjects("b", S3.listObjects("b"), { concurrency: 2 })).toEqualTypeOf<
  Eff<number, S3.ObjectsNotDeleted | S3.BucketDoesNotExist | AwsError>
>()
expectTypeOf(S3.uploadDirectory({ directory: "d", bucket: "b", prefix: "p", symlinks: "skip", overwrite: false }))
  .toEqualTypeOf<
    Str<S3.TransferEvent, S3.DirectoryDoesNotExist | S3.CannotReadFile | S3.BucketDoesNotExist | AwsError>
  >()
expectTypeOf(S3.downloadDirectory({ bucket: "b", directory: "d", overwrite: true })).toEqualTypeOf<
  Str<S3.TransferEvent, S3.DirectoryDoesNotExist | S3.CannotWriteFile | S3.BucketDoesNotExist | AwsError>
>()
expectTypeOf(S3.sync({ from: { bucket: "b" }, to: { bucket: "c", prefix: "p" }, delete: true })).toEqualTypeOf<
  Str<
    S3.TransferEvent,
    | S3.CannotSync
    | S3.DirectoryDoesNotExist
    | S3.CannotReadFile
    | S3.CannotWriteFile
    | S3.BucketDoesNotExist
    | AwsError
  >
>()
// What a program has read from its arguments: two directories are a failure.
expectTypeOf<Parameters<typeof S3.sync>[0]["from"]>().toEqualTypeOf<S3.Location>()
expectTypeOf<S3.Location>().toEqualTypeOf<S3.LocalLocation | S3.BucketLocation>()
expectTypeOf(S3.transferAll(S3.uploadDirectory({ directory: "d", bucket: "b" }))).toEqualTypeOf<
  Eff<
    S3.TransferSummary,
    S3.TransferIncomplete | S3.DirectoryDoesNotExist | S3.CannotReadFile | S3.BucketDoesNotExist | AwsError
  >
>()

// @ts-expect-error A string would be taken for a list of keys of one character.
expectTypeOf(S3.deleteObjects("b", "k")).not.toBeAny()
expectTypeOf(S3.getObjectMetadata("b", "k")).toEqualTypeOf<
  Eff<Readonly<Record<string, string>>, S3.ObjectDoesNotExist | AwsError>
>()
type ReadError =
  | S3.ObjectDoesNotExist
  | S3.ObjectArchived
  | S3.PreconditionFailed
  | S3.RangeNotSatisfiable
  | AwsError
expectTypeOf(S3.getObject("b", "k")).toEqualTypeOf<Str<Uint8Array, ReadError>>()
expectTypeOf(S3.getBytes("b", "k", { atMost: 1 })).toEqualTypeOf<Eff<Uint8Array, ReadError | S3.ObjectTooLarge>>()
expectTypeOf(S3.getText("b", "k", { range: { last: 1 } })).toEqualTypeOf<
  Eff<string, ReadError | S3.ObjectTooLarge | S3.ObjectNotDecodable>
>()
expectTypeOf(S3.getJson("b", "k", Schema.Int)).toEqualTypeOf<
  Eff<number, ReadError | S3.ObjectTooLarge | S3.ObjectNotDecodable>
>()
expectTypeOf(S3.headObject("b", "k", { versionId: "v" })).toEqualTypeOf<
  Eff<S3.ObjectHead, S3.ObjectDoesNotExist | S3.PreconditionFailed | AwsError>
>()
expectTypeOf(S3.lookupObject("b", "k", { versionId: "v" })).toEqualTypeOf<
  Eff<S3.ObjectHead, S3.ObjectDoesNotExist | S3.PreconditionFailed | AwsError>
>()
expectTypeOf(S3.presignGet("b", "k", { versionId: "v" })).toEqualTypeOf<Eff<S3.PresignedRequest, AwsError>>()
expectTypeOf(S3.presignPut("b", "k", { contentLength: 1 })).toEqualTypeOf<Eff<S3.PresignedRequest, AwsError>>()
expectTypeOf(S3.presignPost("b", { prefix: "p/" })).toEqualTypeOf<Eff<S3.PresignedPost, AwsError>>()
expectTypeOf(S3.exists("b", "k")).toEqualTypeOf<Eff<boolean, AwsError>>()
expectTypeOf(S3.downloadFile({ bucket: "b", key: "k", path: "p", resume: true, overwrite: true })).toEqualTypeOf<
  Eff<
    S3.S3File,
    | ReadError
    | S3.ObjectChanged
    | S3.ObjectCorrupted
    | S3.FileAlreadyExists
    | S3.DirectoryDoesNotExist
    | S3.CannotWriteFile
  >
>()

// Ssm
const Size = Schema.Struct({ width: Schema.FiniteFromString })
expectTypeOf(Ssm.getParameter("p", { decrypt: false })).toEqualTypeOf<
  Eff<Ssm.Parameter, Ssm.ParameterDoesNotExist | AwsError>
>()
type LookupError = Ssm.ParameterDoesNotExist | AwsError
expectTypeOf(Ssm.getParameters(new Set(["p"]), { decrypt: false, concurrency: 2 })).toEqualTypeOf<
  Eff<ReadonlyMap<string, Ssm.Parameter>, Ssm.ParametersDoNotExist<Ssm.Parameter> | AwsError>
>()
// A text is a list of its characters, which nobody means.
// @ts-expect-error
void Ssm.getParameters("/p")
expectTypeOf(Ssm.lookupParameter("p", { decrypt: false })).toEqualTypeOf<Eff<Ssm.Parameter, LookupError>>()
expectTypeOf(Ssm.cached("p", { ttl: "1 minute", decrypt: false })).toEqualTypeOf<Eff<Ssm.Parameter, LookupError>>()
// @ts-expect-error
void Ssm.cached("p")
expectTypeOf(Ssm.getParameterJson("p", Size)).toEqualTypeOf<
  Eff<{ readonly width: number }, Ssm.ParameterDoesNotExist | Ssm.ParameterNotDecodable | AwsError>
>()
expectTypeOf(Ssm.listParametersByPath("/p", { recursive: true })).toEqualTypeOf<Str<Ssm.Parameter, AwsError>>()
expectTypeOf(Ssm.listParameterNamesByPath("/p")).toEqualTypeOf<Str<string, AwsError>>()
expectTypeOf(Ssm.putParameter({ name: "p", value: Redacted.make("v") })).toEqualTypeOf<
  Eff<void, Ssm.ParameterAlreadyExists | Ssm.ParameterPatternMismatch | AwsError>
>()
expectTypeOf(Ssm.deleteParameter("p")).toEqualTypeOf<Eff<void, Ssm.ParameterDoesNotExist | AwsError>>()
expectTypeOf(Ssm.configProvider("/p", { ttl: "5 minutes" })).toEqualTypeOf<
  Eff<ConfigProvider.ConfigProvider, AwsError>
>()
expectTypeOf(Ssm.layerConfigProvider("/p")).toEqualTypeOf<Layer.Layer<never, AwsError, AwsClients>>()
expectTypeOf(Ssm.explainConfigErrors(Config.String("x"))).toEqualTypeOf<Effect.Effect<string, Config.ConfigError>>()

// SecretsManager
expectTypeOf(SecretsManager.getSecret("s")).toEqualTypeOf<
  Eff<SecretsManager.Secret, SecretsManager.SecretDoesNotExist | SecretsManager.SecretMarkedForDeletion | AwsError>
>()
expectTypeOf<SecretsManager.Secret["text"]>().toEqualTypeOf<Redacted.Redacted<string> | undefined>()
expectTypeOf(SecretsManager.getSecretJson("s", Size)).toEqualTypeOf<
  Eff<
    { readonly width: number },
    | SecretsManager.SecretDoesNotExist
    | SecretsManager.SecretMarkedForDeletion
    | SecretsManager.SecretNotDecodable
    | AwsError
  >
>()
expectTypeOf(SecretsManager.getSecrets(["s"])).toEqualTypeOf<
  Eff<ReadonlyMap<string, SecretsManager.Secret>, SecretsManager.SecretsNotRead<SecretsManager.Secret> | AwsError>
>()
// @ts-expect-error: a string would be its characters
void SecretsManager.getSecrets("s")
expectTypeOf(SecretsManager.layerConfigProvider({ db: "s" })).toEqualTypeOf<
  Layer.Layer<never, SecretsManager.ConfigSecretsError, AwsClients>
>()

// AppConfig
const profile = { application: "a", environment: "e", profile: "p" }
expectTypeOf(AppConfig.getConfigurationJson(profile, Size)).toEqualTypeOf<
  Eff<
    { readonly width: number },
    AppConfig.ConfigurationDoesNotExist | AppConfig.ConfigurationNotDecodable | AwsError
  >
>()
expectTypeOf(AppConfig.watchConfiguration(profile)).toEqualTypeOf<
  Str<AppConfig.Configuration, AppConfig.ConfigurationDoesNotExist | AwsError>
>()
expectTypeOf(AppConfig.layerConfigProvider(profile)).toEqualTypeOf<
  Layer.Layer<never, AppConfig.ConfigurationDoesNotExist | AppConfig.ConfigurationNotDecodable | AwsError, AwsClients>
>()

// Sts
expectTypeOf(Sts.environment).toEqualTypeOf<Eff<Sts.AwsEnvironment, AwsError>>()

// Iam
expectTypeOf(Iam.roleExists("r")).toEqualTypeOf<Eff<boolean, AwsError>>()
expectTypeOf(Iam.deleteRole("r")).toEqualTypeOf<Eff<void, AwsError>>()

// Acm
const generated = Acm.SelfSignedCertificate.generate({
  issuer: "i",
  subject: "s",
  subjectAlternativeNames: ["s"],
  validity: "1 day"
})
expectTypeOf(generated).toEqualTypeOf<Effect.Effect<Acm.SelfSignedCertificate, Acm.CertificateNotGenerated>>()
expectTypeOf<Acm.SelfSignedCertificate["privateKey"]>().toEqualTypeOf<Redacted.Redacted<string>>()
expectTypeOf(Acm.importCertificate).returns.toEqualTypeOf<Eff<string, Acm.CertificateRejected | AwsError>>()
expectTypeOf(Acm.uploadDefaultElbCertificate()).toEqualTypeOf<
  Eff<string, Acm.CertificateNotGenerated | Acm.CertificateRejected | AwsError>
>()
expectTypeOf(Acm.deleteCertificate("a")).toEqualTypeOf<
  Eff<void, Acm.CertificateDoesNotExist | Acm.CertificateInUse | AwsError>
>()

// Ecs
const service = { cluster: "c", service: "s" }
type Missing = Ecs.ClusterDoesNotExist | Ecs.ServiceDoesNotExist
expectTypeOf(Ecs.forceDeployment(service)).toEqualTypeOf<Eff<Ecs.Deployment, Missing | AwsError>>()
expectTypeOf(Ecs.isDeploymentInProgress(service)).toEqualTypeOf<Eff<boolean, Missing | AwsError>>()
expectTypeOf(Ecs.getFailedTaskCount(service)).toEqualTypeOf<Eff<number, Missing | AwsError>>()
expectTypeOf(Ecs.waitForDeployment({ ...service, schedule: Schedule.spaced("1 minute") })).toEqualTypeOf<
  Eff<Ecs.Deployment, Missing | Ecs.DeploymentFailed | Polling.WaitTimedOut<Ecs.Deployment> | AwsError>
>()

// OpenSearch
expectTypeOf(OpenSearch.destroyDomain("d", { timeout: "1 hour" })).toEqualTypeOf<
  Eff<void, Polling.WaitTimedOut<OpenSearch.DomainStatus> | AwsError>
>()
expectTypeOf(OpenSearch.watchDomain("d")).toEqualTypeOf<
  Str<OpenSearch.DomainStatus, Polling.WaitTimedOut<OpenSearch.DomainStatus> | AwsError>
>()

// EventBridge
const event = new arkime.DestroyEniMirrorEvent({ clusterName: "c", vpcId: "v", subnetId: "s", eniId: "e" })
expectTypeOf(EventBridge.putEvents([event], { eventBus: "b" })).toEqualTypeOf<
  Eff<ReadonlyArray<string>, EventBridge.EventsNotDelivered<arkime.DestroyEniMirrorEvent>>
>()
expectTypeOf(EventBridge.publisher({ eventBus: "b" })).toEqualTypeOf<
  Effect.Effect<EventBridge.Publisher, AwsError, AwsClients | Scope.Scope>
>()
declare const elsewhere: Effect.Effect<void, "no", { readonly elsewhere: unique symbol }>
expectTypeOf(EventBridge.publisher({ eventBus: "b", onFailure: () => elsewhere })).toEqualTypeOf<
  Effect.Effect<
    EventBridge.Publisher,
    AwsError,
    AwsClients | Scope.Scope | Effect.Services<typeof elsewhere>
  >
>()
declare const eventPublisher: EventBridge.Publisher
expectTypeOf(eventPublisher.publish(event)).toEqualTypeOf<
  Effect.Effect<void, EventBridge.EventsNotDelivered<arkime.DestroyEniMirrorEvent> | EventBridge.PublisherClosed>
>()
expectTypeOf(eventPublisher.deliver(event)).toEqualTypeOf<
  Effect.Effect<string, EventBridge.EventsNotDelivered<arkime.DestroyEniMirrorEvent> | EventBridge.PublisherClosed>
>()
expectTypeOf(eventPublisher.flush).toEqualTypeOf<Effect.Effect<void>>()
// @ts-expect-error: a publisher has a bus.
void EventBridge.publisher({})
// @ts-expect-error: not an event.
void eventPublisher.publish({ id: 1 })
expectTypeOf(CloudWatch.publisher()).toEqualTypeOf<
  Effect.Effect<CloudWatch.Publisher, AwsError, AwsClients | Scope.Scope>
>()
declare const metricPublisher: CloudWatch.Publisher
declare const outcome: CloudWatch.OutcomeMetric<"a">
expectTypeOf(metricPublisher.publish(outcome)).toEqualTypeOf<Effect.Effect<void, CloudWatch.PublisherClosed>>()
expectTypeOf(metricPublisher.deliver(outcome)).toEqualTypeOf<
  Effect.Effect<void, CloudWatch.MetricsNotPut<CloudWatch.OutcomeMetric<"a">> | CloudWatch.PublisherClosed>
>()
expectTypeOf(EventBridge.decode(arkime.DestroyEniMirrorEvent, {})).toEqualTypeOf<
  Effect.Effect<arkime.DestroyEniMirrorEvent, EventBridge.EventNotDecodable>
>()
expectTypeOf(arkime.decodeEvent({})).toEqualTypeOf<Effect.Effect<arkime.Event, EventBridge.EventNotDecodable>>()
expectTypeOf(EventBridge.encode(event)).toEqualTypeOf<
  Effect.Effect<EventBridge.Entry, EventBridge.EventNotEncodable>
>()

// CloudWatch
const metric = new arkime.CreateEniMirrorEventMetrics({ clusterName: "c", vpcId: "v", outcome: "Success" })
expectTypeOf(metric.outcome).toEqualTypeOf<"Success" | "AbortedExists" | "AbortedEniType" | "Failure">()
expectTypeOf(CloudWatch.putMetrics([metric])).toEqualTypeOf<
  Eff<void, CloudWatch.MetricsNotPut<arkime.CreateEniMirrorEventMetrics>>
>()
// @ts-expect-error
void new arkime.DestroyEniMirrorEventMetrics({ clusterName: "c", vpcId: "v", outcome: "AbortedExists" })

// The Layers
type ProfileErrors =
  | Profile.ProfileDoesNotExist
  | Profile.RegionNotFound
  | Profile.CredentialsNotFound
  | Profile.InvalidSetting
expectTypeOf(Profile.layer()).toEqualTypeOf<Layer.Layer<AwsClients, ProfileErrors>>()
expectTypeOf(Profile.layerConfig({})).toEqualTypeOf<Layer.Layer<AwsClients, ProfileErrors | Config.ConfigError>>()
expectTypeOf(Default.layer({ profile: "dev", region: "r" })).toEqualTypeOf<Layer.Layer<AwsClients, ProfileErrors>>()
expectTypeOf(Default.layerConfig({})).toEqualTypeOf<Layer.Layer<AwsClients, ProfileErrors | Config.ConfigError>>()
expectTypeOf<Default.CredentialsNotFound["looked"]>().toEqualTypeOf<ReadonlyArray<Default.Looked>>()
expectTypeOf(Compute.layer()).toEqualTypeOf<
  Layer.Layer<AwsClients, Compute.RegionNotFound | Compute.CredentialsNotFound | Compute.InvalidSetting>
>()
expectTypeOf(AssumeRole.layer({ roleArn: "r", sessionName: "s" })).toEqualTypeOf<
  Layer.Layer<AwsClients, AssumeRole.AssumeRoleFailed | AssumeRole.InvalidSetting, AwsClients>
>()
expectTypeOf(AwsClients.layer).returns.toEqualTypeOf<Layer.Layer<AwsClients, Profile.InvalidSetting>>()
expectTypeOf(AwsClients.layerConfig).returns.toEqualTypeOf<
  Layer.Layer<AwsClients, Config.ConfigError | Profile.InvalidSetting>
>()
expectTypeOf(AwsClients.make).returns.toEqualTypeOf<
  Effect.Effect<AwsClients["Service"], Profile.InvalidSetting, Scope.Scope>
>()
expectTypeOf(InMemory.layer({ pageSize: 2 })).toEqualTypeOf<Layer.Layer<AwsClients | InMemory>>()

// A refinement narrows the result, and a timeout keeps the type of the last value.
declare const state: Eff<"starting" | "ready", AwsError>
const ready = Polling.waitUntil(state, {
  until: (value): value is "ready" => value === "ready",
  waitingFor: "it",
  schedule: Schedule.spaced("1 second")
})
expectTypeOf(ready).toEqualTypeOf<Eff<"ready", AwsError | Polling.WaitTimedOut<"starting" | "ready">>>()
expectTypeOf(Retry.untilConsistent(state, { while: () => true, within: "1 minute" })).toEqualTypeOf<
  Eff<"starting" | "ready", AwsError>
>()
