// Deletes what a cluster left behind in an account, in parallel where possible. If one deletion fails, the others go on.
import { Console, Effect, Result, Schedule } from "effect"
import { type Ecs, OpenSearch, Polling } from "effect-aws-sdk"
import * as Steps from "./Steps.ts"

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

/** Scales the service down to zero, waits until its tasks have stopped, and deletes it. */
const deleteService = Effect.fnUntraced(function*(reference: Ecs.ServiceReference) {
  const found = yield* Steps.service(reference)
  if (found === undefined) return "was gone already" as const
  const wait = { schedule: Schedule.spaced("15 seconds"), timeout: "30 minutes" } as const
  if (found.status === "ACTIVE") {
    yield* Steps.stopService(reference)
    yield* Polling.waitUntil(Steps.service(reference), {
      until: (now) => (now?.runningCount ?? 0) === 0,
      waitingFor: `the tasks of ECS service ${reference.service} to stop`,
      ...wait
    })
    yield* Steps.deleteService(reference)
  }
  yield* Polling.waitUntil(Steps.service(reference), {
    until: (now) => now === undefined,
    waitingFor: `ECS service ${reference.service} to be gone`,
    ...wait
  })
  return "deleted" as const
})

const deleteDomain = Effect.fnUntraced(function*(domain: string) {
  if ((yield* Steps.domain(domain)) === undefined) return "was gone already" as const
  yield* OpenSearch.destroyDomain(domain)
  return "deleted" as const
})

/** Deletes everything: the role after the service that uses it, the rest in parallel. */
export const tearDown = Effect.fn("tearDown")(function*({ bucket, certificate, domain, role, service }: Leftovers) {
  const serviceAndRole = Effect.all([
    step(`ECS service ${service.service}`, deleteService(service)),
    step(`IAM role ${role}`, Steps.deleteRole(role))
  ])
  const rest = [
    step(`OpenSearch domain ${domain}`, deleteDomain(domain)),
    step(`ACM certificate ${certificate.slice(-12)}`, Steps.deleteCertificate(certificate)),
    step(`S3 bucket ${bucket}`, Steps.deleteBucket(bucket))
  ]
  const [first, others] = yield* Effect.all(
    [serviceAndRole, Effect.all(rest, { concurrency: "unbounded" })],
    { concurrency: "unbounded" }
  )
  return [...first, ...others]
})
