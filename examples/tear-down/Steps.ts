// The steps of a tear-down. Each can be repeated: what is gone already counts as done.
import { DeleteServiceCommand, DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs"
import { DeleteDomainCommand, DescribeDomainCommand } from "@aws-sdk/client-opensearch"
import { Effect } from "effect"
import { Acm, AwsError, Ecs, Iam, OpenSearch, S3 } from "effect-aws-sdk"

const gone = Effect.succeed("was gone already" as const)
const deleted = Effect.as("deleted" as const)

/** The service; `undefined` once it's gone. */
export const service = ({ cluster, service }: Ecs.ServiceReference) =>
  Ecs.send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
    Effect.map(({ services = [] }) => services),
    AwsError.catchCode("ClusterNotFoundException", () => Effect.succeed([])),
    Effect.map((services) => services.find(({ status }) => status !== "INACTIVE"))
  )

const notActive = ["ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"] as const

/** Tells the service to run no tasks. */
export const stopService = ({ cluster, service }: Ecs.ServiceReference) =>
  Ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 })).pipe(
    Effect.asVoid,
    AwsError.catchCode(notActive, () => Effect.void)
  )

/** Deletes a service without tasks. */
export const deleteService = ({ cluster, service }: Ecs.ServiceReference) =>
  Ecs.send(new DeleteServiceCommand({ cluster, service })).pipe(
    Effect.asVoid,
    // If the response to the first attempt was lost, the service may be gone at the second.
    AwsError.catchCode(notActive, () => Effect.void)
  )

/** The domain; `undefined` once it's gone. */
export const domain = (name: string) =>
  OpenSearch.send(new DescribeDomainCommand({ DomainName: name })).pipe(
    Effect.map(({ DomainStatus }) => DomainStatus),
    AwsError.catchCode("ResourceNotFoundException", () => Effect.undefined)
  )

/** Begins to delete the domain. */
export const deleteDomain = (name: string) =>
  OpenSearch.send(new DeleteDomainCommand({ DomainName: name })).pipe(
    Effect.asVoid,
    AwsError.catchCode("ResourceNotFoundException", () => Effect.void)
  )

/** Deletes the role, with its policies and its places in instance profiles. */
export const deleteRole = (role: string) =>
  Effect.flatMap(Iam.roleExists(role), (exists) => exists ? deleted(Iam.deleteRole(role)) : gone)

/** Deletes the certificate. */
export const deleteCertificate = (arn: string) =>
  deleted(Acm.deleteCertificate(arn)).pipe(Effect.catchTag("CertificateDoesNotExist", () => gone))

/** Deletes the bucket, with everything in it. */
export const deleteBucket = (bucket: string) =>
  Effect.flatMap(
    S3.getBucketStatus(bucket),
    (status) => status === "DoesNotExist" ? gone : deleted(S3.destroyBucket(bucket))
  )
