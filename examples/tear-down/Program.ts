// Deletes what a cluster left behind in an account, in parallel where possible. If one deletion fails, the others go on.
import { DeleteServiceCommand, DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs"
import { Console, Effect, Option, Result, Schedule, Stream } from "effect"
import { Acm, AwsError, Ecs, Iam, OpenSearch, Polling, S3 } from "effect-aws-sdk"

/** What to delete. */
export interface Leftovers {
  readonly service: Ecs.ServiceReference
  readonly domain: string
  readonly role: string
  readonly certificate: string
  readonly bucket: string
}

/** The result for one of them. */
export interface Report {
  readonly what: string
  readonly outcome: "deleted" | "was gone already" | "is still there"
  readonly reason?: string
}

const gone = Effect.succeed("was gone already" as const)
const deleted = Effect.as("deleted" as const)

/** Runs one deletion, logs its progress and reports its outcome. It never fails. */
const step = <E extends { readonly message: string }, R>(
  what: string,
  deletion: Effect.Effect<"deleted" | "was gone already", E, R>
): Effect.Effect<Report, never, R> =>
  Effect.gen(function*() {
    yield* Console.log(`  ${what} …`)
    const result = yield* Effect.result(deletion)
    const report: Report = Result.isSuccess(result)
      ? { what, outcome: result.success }
      : { what, outcome: "is still there", reason: result.failure.message }
    yield* Console.log(`  ${what}: ${report.outcome}`)
    return report
  })

const statusOf = ({ cluster, service }: Ecs.ServiceReference) =>
  Ecs.send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
    Effect.map(({ services = [] }) => services),
    AwsError.catchCode("ClusterNotFoundException", () => Effect.succeed([])),
    Effect.map((services) => services.find(({ status }) => status !== "INACTIVE"))
  )

/** Scales the service down to zero, waits until its tasks have stopped, and deletes it. */
const deleteService = Effect.fnUntraced(function*(reference: Ecs.ServiceReference) {
  const { cluster, service } = reference
  const found = yield* statusOf(reference)
  if (found === undefined) return yield* gone
  const wait = { schedule: Schedule.spaced("15 seconds"), timeout: "30 minutes" } as const
  if (found.status === "ACTIVE") {
    yield* Ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }))
    yield* Polling.waitUntil(statusOf(reference), {
      until: (now) => (now?.runningCount ?? 0) === 0,
      waitingFor: `the tasks of ECS service ${service} to stop`,
      ...wait
    })
    // If the response to the first attempt was lost, the service may be gone at the second.
    yield* Ecs.send(new DeleteServiceCommand({ cluster, service })).pipe(
      AwsError.catchCode(["ServiceNotFoundException", "ServiceNotActiveException"], () => Effect.void)
    )
  }
  yield* Polling.waitUntil(statusOf(reference), {
    until: (now) => now === undefined,
    waitingFor: `ECS service ${service} to be gone`,
    ...wait
  })
  return "deleted" as const
})

const deleteDomain = (domain: string) =>
  OpenSearch.watchDomain(domain).pipe(
    Stream.runHead,
    Effect.flatMap(Option.match({ onNone: () => gone, onSome: () => deleted(OpenSearch.destroyDomain(domain)) }))
  )

const deleteRole = (role: string) =>
  Effect.flatMap(Iam.roleExists(role), (exists) => exists ? deleted(Iam.deleteRole(role)) : gone)

const deleteCertificate = (arn: string) =>
  deleted(Acm.deleteCertificate(arn)).pipe(Effect.catchTag("CertificateDoesNotExist", () => gone))

const deleteBucket = (bucket: string) =>
  Effect.flatMap(
    S3.getBucketStatus(bucket),
    (status) => status === "DoesNotExist" ? gone : deleted(S3.destroyBucket(bucket))
  )

/** Deletes everything: the role after the service that uses it, the rest in parallel. */
export const tearDown = Effect.fn("tearDown")(function*({ bucket, certificate, domain, role, service }: Leftovers) {
  const serviceAndRole = Effect.all([
    step(`ECS service ${service.service}`, deleteService(service)),
    step(`IAM role ${role}`, deleteRole(role))
  ])
  const rest = [
    step(`OpenSearch domain ${domain}`, deleteDomain(domain)),
    step(`ACM certificate ${certificate.slice(-12)}`, deleteCertificate(certificate)),
    step(`S3 bucket ${bucket}`, deleteBucket(bucket))
  ]
  const [first, others] = yield* Effect.all(
    [serviceAndRole, Effect.all(rest, { concurrency: "unbounded" })],
    { concurrency: "unbounded" }
  )
  return [...first, ...others]
})
