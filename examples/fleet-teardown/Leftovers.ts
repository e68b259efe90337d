// What a cluster left behind in an account and region, found by its tag.
import { ListCertificatesCommand, ListTagsForCertificateCommand } from "@aws-sdk/client-acm"
import {
  DescribeServicesCommand,
  ListClustersCommand,
  ListServicesCommand,
  type Service as ServiceOfSdk
} from "@aws-sdk/client-ecs"
import { ListRolesCommand, ListRoleTagsCommand } from "@aws-sdk/client-iam"
import { DescribeDomainCommand, ListDomainNamesCommand, ListTagsCommand } from "@aws-sdk/client-opensearch"
import { GetBucketTaggingCommand, ListBucketsCommand } from "@aws-sdk/client-s3"
import { Effect, Schema, Stream } from "effect"
import { Acm, AwsClients, AwsError, Ecs, Iam, OpenSearch, S3 } from "effect-aws-sdk"
import { bounded } from "../fleet/Place.ts"

/** The tag of everything that belongs to the cluster. */
export const Tag = Schema.Struct({ key: Schema.String, value: Schema.String })
export type Tag = typeof Tag.Type

/** An ECS service. */
export const Service = Schema.Struct({ cluster: Schema.String, service: Schema.String })
export type Service = typeof Service.Type

/** The most things of a kind in one place. */
export const most = 100

/** There are more leftovers of a kind than one run deletes. */
export class TooMany extends Schema.TaggedError<TooMany>()("TooMany", { kind: Schema.String, most: Schema.Int }) {
  override get message(): string {
    return `More than ${this.most} ${this.kind} have the tag, or don't let their tags be read. Nothing of this kind was deleted: ` +
      "check the tag and the permissions, or delete some first."
  }
}

/** What was found of a kind. The results of activities are stored, so they are bounded. */
export const Found = <S extends Schema.Constraint>(of: S) =>
  Schema.Struct({
    found: Schema.Array(of),
    /** Those whose tags couldn't be read, and why. They may belong to someone else, so they aren't touched. */
    unread: Schema.Array(Schema.Struct({ name: Schema.String, why: Schema.String }))
  })

type Candidate<A> = { readonly found: A } | { readonly name: string; readonly why: string }

const all = <A, E, R>(kind: string, candidates: Stream.Stream<Candidate<A>, E, R>) =>
  candidates.pipe(
    Stream.take(most + 1),
    Stream.runCollect,
    Effect.filterOrFail((all) => all.length <= most, () => new TooMany({ kind, most })),
    Effect.map((all) => ({
      found: all.flatMap((one) => "found" in one ? [one.found] : []),
      unread: all.flatMap((one) => "found" in one ? [] : [one])
    }))
  )

interface SdkTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

const has = (tag: Tag) => (tags: ReadonlyArray<SdkTag> | undefined) =>
  tags?.some(({ Key, Value }) => Key === tag.key && Value === tag.value) ?? false

/** How to read the tags of a kind. */
interface Reader<R> {
  readonly tags: (name: string) => Effect.Effect<ReadonlyArray<SdkTag> | undefined, AwsError, R>
  /** The codes of what is gone, or has no tags. */
  readonly none: ReadonlyArray<string>
  /** The codes of what is there, and has no tags. */
  readonly untagged?: ReadonlyArray<string>
}

/** Keeps those that have the tag. What was deleted since it was listed has none. */
const tagged =
  <R>(tag: Tag, { none, tags, untagged = [] }: Reader<R>) =>
  <E, R2>(names: Stream.Stream<string, E, R2>): Stream.Stream<Candidate<string>, E | AwsError, R | R2> =>
    names.pipe(
      Stream.mapEffect((name) =>
        tags(name).pipe(
          Effect.map((tags): ReadonlyArray<Candidate<string>> => has(tag)(tags) ? [{ found: name }] : []),
          Effect.catchIf(
            (error) => [...none, ...untagged].includes(error.code ?? "") || error.reason._tag === "AccessDenied",
            (error) =>
              Effect.succeed(
                error.reason._tag === "AccessDenied"
                  ? [{ name, why: bounded(error.message) }]
                  : []
              )
          )
        ), { concurrency: 4 }),
      Stream.flattenIterable
    )

/** It had the tag when it was found, and has it no more. */
export class TagRemoved extends Schema.TaggedError<TagRemoved>()("TagRemoved", { tag: Tag }) {
  override get message(): string {
    return `It had the tag ${this.tag.key}=${this.tag.value} when it was found, and doesn't have it any more. It was left as it is.`
  }
}

/**
 * Whether it is still there. Fails with `TagRemoved` if it is, without the tag: hours may pass between the search and the deletion,
 * and meanwhile somebody may keep it, or make another one with the same name.
 */
const stillTagged = <R>(tag: Tag, name: string, { none, tags, untagged = [] }: Reader<R>) =>
  tags(name).pipe(
    Effect.catchIf((error) => untagged.includes(error.code ?? ""), () => Effect.succeed([])),
    Effect.filterOrFail(has(tag), () => new TagRemoved({ tag })),
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "AwsError" && none.includes(error.code ?? ""),
      () => Effect.succeed(false)
    )
  )

const nameIn = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1)

const isTagged = ({ key, value }: Tag, { tags }: ServiceOfSdk) =>
  tags?.some((tag) => tag.key === key && tag.value === value) ?? false

/** The ECS services that have the tag, and aren't gone yet. */
export const services = (tag: Tag) =>
  Ecs.items(new ListClustersCommand({}), (page) => page.clusterArns).pipe(
    Stream.flatMap((cluster) =>
      Ecs.items(new ListServicesCommand({ cluster, maxResults: 10 }), (page) => page.serviceArns).pipe(
        Stream.grouped(10),
        Stream.mapEffect((arns) =>
          Ecs.send(new DescribeServicesCommand({ cluster, services: [...arns], include: ["TAGS"] }))
        ),
        Stream.map(({ services = [] }) =>
          services.flatMap((service): ReadonlyArray<Candidate<Service>> =>
            service.serviceName !== undefined && service.status !== "INACTIVE" && isTagged(tag, service)
              ? [{ found: { cluster: nameIn(cluster), service: service.serviceName } }]
              : []
          )
        ),
        Stream.flattenIterable
      )
    ),
    (found) => all("ECS services", found)
  )

/** Whether the service is still there. Fails if it has the tag no more. */
export const hasService = (tag: Tag, { cluster, service }: Service) =>
  Ecs.send(new DescribeServicesCommand({ cluster, services: [service], include: ["TAGS"] })).pipe(
    Effect.map(({ services = [] }) => services.filter(({ status }) => status !== "INACTIVE")),
    AwsError.catchCode("ClusterNotFoundException", () => Effect.succeed([])),
    Effect.filterOrFail((all) => all.every((one) => isTagged(tag, one)), () => new TagRemoved({ tag })),
    Effect.map((all) => all.length > 0)
  )

const domain: Reader<AwsClients> = {
  tags: (DomainName) =>
    OpenSearch.send(new DescribeDomainCommand({ DomainName })).pipe(
      Effect.flatMap(({ DomainStatus }) => OpenSearch.send(new ListTagsCommand({ ARN: DomainStatus?.ARN }))),
      Effect.map(({ TagList }) => TagList)
    ),
  none: ["ResourceNotFoundException"]
}

/** The names of the OpenSearch domains that have the tag. */
export const domains = (tag: Tag) =>
  Stream.fromIterableEffect(
    Effect.map(OpenSearch.send(new ListDomainNamesCommand({})), ({ DomainNames = [] }) => DomainNames)
  ).pipe(
    Stream.map(({ DomainName = "" }) => DomainName),
    tagged(tag, domain),
    (found) => all("OpenSearch domains", found)
  )

const role: Reader<AwsClients> = {
  tags: (RoleName) => Stream.runCollect(Iam.items(new ListRoleTagsCommand({ RoleName }), (page) => page.Tags)),
  none: ["NoSuchEntityException", "NoSuchEntity"]
}

/** The names of the IAM roles that have the tag. They belong to the account, not to a region. */
export const roles = (tag: Tag) =>
  Iam.items(new ListRolesCommand({}), (page) => page.Roles).pipe(
    Stream.map(({ RoleName = "" }) => RoleName),
    tagged(tag, role),
    (found) => all("IAM roles", found)
  )

const certificate: Reader<AwsClients> = {
  tags: (CertificateArn) =>
    Effect.map(Acm.send(new ListTagsForCertificateCommand({ CertificateArn })), ({ Tags }) => Tags),
  none: ["ResourceNotFoundException"]
}

/** The ARNs of the ACM certificates that have the tag. */
export const certificates = (tag: Tag) =>
  Acm.items(new ListCertificatesCommand({}), (page) => page.CertificateSummaryList).pipe(
    Stream.map(({ CertificateArn = "" }) => CertificateArn),
    tagged(tag, certificate),
    (found) => all("ACM certificates", found)
  )

/** With an account, only a bucket of this account: after a deletion, the name is free for all of AWS. */
const bucketOf = (account?: string): Reader<AwsClients> => ({
  tags: (Bucket) =>
    Effect.map(
      S3.send(new GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: account })),
      ({ TagSet }) => TagSet
    ),
  none: ["NoSuchBucket"],
  untagged: ["NoSuchTagSet"]
})

/** The names of the S3 buckets of this region that have the tag. */
export const buckets = (tag: Tag) =>
  Stream.unwrap(
    AwsClients.useSync(({ config: { region } }) =>
      S3.items(new ListBucketsCommand({ BucketRegion: region, MaxBuckets: 1000 }), (page) => page.Buckets)
    )
  ).pipe(
    Stream.map(({ Name = "" }) => Name),
    tagged(tag, bucketOf()),
    (found) => all("S3 buckets", found)
  )

/** Whether the domain is still there. Fails if it has the tag no more. */
export const hasDomain = (tag: Tag, name: string) => stillTagged(tag, name, domain)

/** Whether the role is still there. Fails if it has the tag no more. */
export const hasRole = (tag: Tag, name: string) => stillTagged(tag, name, role)

/** Whether the certificate is still there. Fails if it has the tag no more. */
export const hasCertificate = (tag: Tag, arn: string) => stillTagged(tag, arn, certificate)

/** Whether the bucket is still there. Fails if it has the tag no more, or belongs to another account. */
export const hasBucket = (tag: Tag, account: string, name: string) => stillTagged(tag, name, bucketOf(account))
