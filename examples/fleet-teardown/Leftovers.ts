// What a cluster left behind in an account and region, found by its tag.
import { ListCertificatesCommand, ListTagsForCertificateCommand } from "@aws-sdk/client-acm"
import { DescribeServicesCommand, ListClustersCommand, ListServicesCommand } from "@aws-sdk/client-ecs"
import { ListRolesCommand, ListRoleTagsCommand } from "@aws-sdk/client-iam"
import { DescribeDomainCommand, ListDomainNamesCommand, ListTagsCommand } from "@aws-sdk/client-opensearch"
import { GetBucketTaggingCommand, ListBucketsCommand } from "@aws-sdk/client-s3"
import { Effect, Schema, Stream } from "effect"
import { Acm, AwsClients, type AwsError, Ecs, Iam, OpenSearch, S3 } from "effect-aws-sdk"
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
    return `More than ${this.most} ${this.kind} have the tag. Nothing of this kind was deleted: check the tag, or delete some first.`
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

/** Keeps those that have the tag. What was deleted since it was listed has none. */
const tagged = <R>(
  options: {
    readonly tag: Tag
    readonly tags: (name: string) => Effect.Effect<ReadonlyArray<SdkTag> | undefined, AwsError, R>
    /** The codes of what is gone, or has no tags. */
    readonly none: ReadonlyArray<string>
  }
) =>
<E, R2>(names: Stream.Stream<string, E, R2>): Stream.Stream<Candidate<string>, E | AwsError, R | R2> =>
  names.pipe(
    Stream.mapEffect((name) =>
      options.tags(name).pipe(
        Effect.map((tags): ReadonlyArray<Candidate<string>> => has(options.tag)(tags) ? [{ found: name }] : []),
        Effect.catchIf(
          (error) => options.none.includes(error.code ?? "") || error.reason._tag === "AccessDenied",
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

const nameIn = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1)

/** The ECS services that have the tag, and aren't gone yet. */
export const services = ({ key, value }: Tag) =>
  Ecs.items(new ListClustersCommand({}), (page) => page.clusterArns).pipe(
    Stream.flatMap((cluster) =>
      Ecs.items(new ListServicesCommand({ cluster, maxResults: 10 }), (page) => page.serviceArns).pipe(
        Stream.grouped(10),
        Stream.mapEffect((arns) =>
          Ecs.send(new DescribeServicesCommand({ cluster, services: [...arns], include: ["TAGS"] }))
        ),
        Stream.map(({ services = [] }) =>
          services.flatMap(({ serviceName, status, tags }): ReadonlyArray<Candidate<Service>> =>
            serviceName !== undefined && status !== "INACTIVE" &&
              tags?.some((tag) => tag.key === key && tag.value === value)
              ? [{ found: { cluster: nameIn(cluster), service: serviceName } }]
              : []
          )
        ),
        Stream.flattenIterable
      )
    ),
    (found) => all("ECS services", found)
  )

/** The names of the OpenSearch domains that have the tag. */
export const domains = (tag: Tag) =>
  Stream.fromIterableEffect(
    Effect.map(OpenSearch.send(new ListDomainNamesCommand({})), ({ DomainNames = [] }) => DomainNames)
  ).pipe(
    Stream.map(({ DomainName = "" }) => DomainName),
    tagged({
      tag,
      tags: (DomainName) =>
        OpenSearch.send(new DescribeDomainCommand({ DomainName })).pipe(
          Effect.flatMap(({ DomainStatus }) => OpenSearch.send(new ListTagsCommand({ ARN: DomainStatus?.ARN }))),
          Effect.map(({ TagList }) => TagList)
        ),
      none: ["ResourceNotFoundException"]
    }),
    (found) => all("OpenSearch domains", found)
  )

/** The names of the IAM roles that have the tag. They belong to the account, not to a region. */
export const roles = (tag: Tag) =>
  Iam.items(new ListRolesCommand({}), (page) => page.Roles).pipe(
    Stream.map(({ RoleName = "" }) => RoleName),
    tagged({
      tag,
      tags: (RoleName) => Stream.runCollect(Iam.items(new ListRoleTagsCommand({ RoleName }), (page) => page.Tags)),
      none: ["NoSuchEntityException", "NoSuchEntity"]
    }),
    (found) => all("IAM roles", found)
  )

/** The ARNs of the ACM certificates that have the tag. */
export const certificates = (tag: Tag) =>
  Acm.items(new ListCertificatesCommand({}), (page) => page.CertificateSummaryList).pipe(
    Stream.map(({ CertificateArn = "" }) => CertificateArn),
    tagged({
      tag,
      tags: (CertificateArn) =>
        Effect.map(Acm.send(new ListTagsForCertificateCommand({ CertificateArn })), ({ Tags }) => Tags),
      none: ["ResourceNotFoundException"]
    }),
    (found) => all("ACM certificates", found)
  )

/** The names of the S3 buckets of this region that have the tag. */
export const buckets = (tag: Tag) =>
  Stream.unwrap(
    AwsClients.useSync(({ config: { region } }) =>
      S3.items(new ListBucketsCommand({ BucketRegion: region, MaxBuckets: 1000 }), (page) => page.Buckets)
    )
  ).pipe(
    Stream.map(({ Name = "" }) => Name),
    tagged({
      tag,
      tags: (Bucket) => Effect.map(S3.send(new GetBucketTaggingCommand({ Bucket })), ({ TagSet }) => TagSet),
      none: ["NoSuchTagSet", "NoSuchBucket"]
    }),
    (found) => all("S3 buckets", found)
  )
