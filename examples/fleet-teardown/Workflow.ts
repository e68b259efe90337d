// The tear-down of a place of a fleet, as a workflow: it finds what has the cluster's tag, and deletes it.
import { Effect, Result, Schema } from "effect"
import { Acm, S3 } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import { Workflow } from "effect/workflow"
import {
  enter,
  entry,
  type Failure,
  fields,
  inPlace,
  item,
  refused,
  step,
  Unavailable,
  unchanged
} from "../fleet/Place.ts"
import * as Waits from "../fleet/Waits.ts"
import * as Steps from "../tear-down/Steps.ts"
import * as Leftovers from "./Leftovers.ts"

/**
 * Deletes what a cluster left behind in an account and region. Its result is the place's entry of the report. It fails only
 * if nothing could be done there.
 */
export const TearDownPlace = Workflow.make("TearDownPlace", {
  payload: {
    ...fields,
    tag: Leftovers.Tag,
    /** Finds, and deletes nothing. */
    dryRun: Schema.Boolean,
    /**
     * The regions of the account in this run, for one place of each account: this one deletes the account's roles, once no
     * region has a service that could use them. IAM isn't regional, so all other places leave the roles alone.
     */
    rolesAfter: Schema.optionalKey(Schema.Array(Schema.String))
  },
  idempotencyKey: ({ account, dryRun, region, run, tag }) =>
    `${run}/${account}/${region}/${tag.key}=${tag.value}${dryRun ? "/dry" : ""}`,
  success: FleetReport.Entry,
  error: Unavailable
})

type Payload = typeof TearDownPlace.payloadSchema.Type

/**
 * A step that deletes what was found earlier: at once if it still has the tag, and not at all if it has not. What is gone already is
 * done, so the step can be repeated.
 */
const deletion = <R, E extends Schema.Constraint>(
  place: Payload,
  options: {
    readonly name: string
    readonly isThere: Effect.Effect<boolean, E["Type"] | Unavailable, R>
    readonly error: E
    readonly execute: Effect.Effect<unknown, E["Type"] | Unavailable, R>
  }
) => {
  const { error, execute, isThere, name } = options
  return step(place, {
    name,
    success: Schema.Void,
    error,
    execute: Effect.flatMap(isThere, (isThere) => isThere ? Effect.asVoid(execute) : Effect.void)
  })
}

const serviceSteps = Effect.fnUntraced(function*(place: Payload, reference: Leftovers.Service) {
  const name = `service ${reference.cluster}/${reference.service}`
  const running = { first: "30 seconds", every: "30 seconds", polls: 60 } as const
  const isThere = Leftovers.hasService(place.tag, reference)
  yield* deletion(place, {
    name: `stop ${name}`,
    isThere,
    error: Leftovers.TagRemoved,
    execute: Steps.stopService(reference)
  })
  yield* Waits.waitUntil(place, {
    ...running,
    name: `stopped ${name}`,
    waitingFor: `the tasks of ECS service ${reference.service} to stop`,
    check: Effect.map(Steps.service(reference), (now) => (now?.runningCount ?? 0) === 0)
  })
  yield* deletion(place, {
    name: `delete ${name}`,
    isThere,
    error: Leftovers.TagRemoved,
    execute: Steps.deleteService(reference)
  })
  yield* Waits.waitUntil(place, {
    ...running,
    name: `gone ${name}`,
    waitingFor: `ECS service ${reference.service} to be gone`,
    check: Effect.map(Steps.service(reference), (now) => now === undefined)
  })
})

const domainSteps = Effect.fnUntraced(function*(place: Payload, domain: string) {
  yield* deletion(place, {
    name: `delete domain ${domain}`,
    isThere: Leftovers.hasDomain(place.tag, domain),
    error: Leftovers.TagRemoved,
    execute: Steps.deleteDomain(domain)
  })
  // It takes about twenty minutes.
  yield* Waits.waitUntil(place, {
    first: "15 minutes",
    every: "1 minute",
    polls: 105,
    name: `gone domain ${domain}`,
    waitingFor: `OpenSearch domain ${domain} to be deleted`,
    check: Effect.map(Steps.domain(domain), (now) => now === undefined)
  })
})

const certificateSteps = (place: Payload, arn: string) =>
  deletion(place, {
    name: `delete certificate ${arn}`,
    isThere: Leftovers.hasCertificate(place.tag, arn),
    error: Schema.Union([Leftovers.TagRemoved, Acm.CertificateInUse]),
    execute: Steps.deleteCertificate(arn)
  })

const bucketSteps = (place: Payload, bucket: string) =>
  deletion(place, {
    name: `delete bucket ${bucket}`,
    isThere: Leftovers.hasBucket(place.tag, place.account, bucket),
    error: Schema.Union([Leftovers.TagRemoved, S3.BucketNotEmptied]),
    execute: Steps.deleteBucket(bucket)
  })

const roleSteps = (place: Payload, role: string) =>
  deletion(place, {
    name: `delete role ${role}`,
    isThere: Leftovers.hasRole(place.tag, role),
    error: Leftovers.TagRemoved,
    execute: Steps.deleteRole(role)
  })

/** Waits until the account has no service left that could use its roles. */
const unused = (place: Payload, regions: ReadonlyArray<string>) =>
  Waits.waitUntil(place, {
    first: 0,
    every: "1 minute",
    polls: 60,
    name: "no services",
    waitingFor: `the ECS services in ${regions.join(", ")} to be gone, as they may use the role`,
    error: Leftovers.TooMany,
    check: Effect.map(
      Effect.forEach(regions, (region) => inPlace({ ...place, region })(Leftovers.services(place.tag))),
      (all) => all.every(({ found }) => found.length === 0)
    )
  })

/** Finds the leftovers of a kind, and deletes each. */
const kind = Effect.fnUntraced(
  function*<S extends Schema.Constraint, A, E extends Failure, R, R2, E2 extends Failure = never, R3 = never>(
    place: Payload,
    options: {
      readonly kind: string
      readonly of: S
      readonly find: Effect.Effect<
        ReturnType<typeof Leftovers.Found<S>>["Type"],
        Leftovers.TooMany | Unavailable,
        R
      >
      readonly name: (found: S["Type"]) => string
      readonly each: (found: S["Type"]) => Effect.Effect<A, E, R2>
      /** Runs once before the first is deleted. */
      readonly before?: Effect.Effect<void, E2, R3> | undefined
    }
  ) {
    const success = Leftovers.Found(options.of)
    const all = yield* Effect.result(
      step(place, { name: `find ${options.kind}s`, success, error: Leftovers.TooMany, execute: options.find })
    )
    if (Result.isFailure(all)) return [refused(`${options.kind}s`, all.failure)]
    const { found, unread } = all.success
    const others = unread.map(({ name, why }) =>
      refused(`${options.kind} ${name}`, { message: `It can't be told whether it has the tag. ${why}` })
    )
    const what = (found: S["Type"]) => `${options.kind} ${options.name(found)}`
    if (place.dryRun) {
      return [...found.map((found) => unchanged(what(found), "It was found. A dry run deletes nothing.")), ...others]
    }
    if (found.length === 0) return others
    const ready = yield* Effect.result(options.before ?? Effect.void)
    const items = yield* Waits.all(
      found.map((found) => item(what(found), Effect.andThen(Effect.fromResult(ready), options.each(found))))
    )
    return [...items, ...others]
  }
)

export const layer = TearDownPlace.toLayer(Effect.fnUntraced(function*(place) {
  yield* enter(place)
  const { rolesAfter, tag } = place
  const kinds = Waits.all([
    kind(place, {
      kind: "ECS service",
      of: Leftovers.Service,
      find: Leftovers.services(tag),
      name: ({ cluster, service }) => `${cluster}/${service}`,
      each: (service) => serviceSteps(place, service)
    }),
    kind(place, {
      kind: "OpenSearch domain",
      of: Schema.String,
      find: Leftovers.domains(tag),
      name: (domain) => domain,
      each: (domain) => domainSteps(place, domain)
    }),
    kind(place, {
      kind: "ACM certificate",
      of: Schema.String,
      find: Leftovers.certificates(tag),
      name: (arn) => arn.slice(arn.lastIndexOf("/") + 1),
      each: (arn) => certificateSteps(place, arn)
    }),
    kind(place, {
      kind: "S3 bucket",
      of: Schema.String,
      find: Leftovers.buckets(tag),
      name: (bucket) => bucket,
      each: (bucket) => bucketSteps(place, bucket)
    }),
    rolesAfter === undefined ? Effect.succeed([]) : kind(place, {
      kind: "IAM role",
      of: Schema.String,
      find: Leftovers.roles(tag),
      name: (role) => role,
      each: (role) => roleSteps(place, role),
      before: unused(place, rolesAfter)
    })
  ])
  const all = (yield* Waits.withTimer(place, kinds)).flat()
  return entry(place, all.length > 0 ? all : [unchanged(`tag ${tag.key}=${tag.value}`, "Nothing has the tag.")])
}))
