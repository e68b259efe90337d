// What the workflows over a fleet have in common: the payload of a place, and the steps that work in it.
import { Effect, Schema } from "effect"
import { type AwsClients, AwsError, Fleet, Sts } from "effect-aws-sdk"
import type * as FleetReport from "effect-aws-sdk/FleetReport"
import { Activity } from "effect/workflow"

/**
 * The members of every payload: which run it belongs to, and where it works. It's stored, so it holds no secret: a runner
 * assumes the role by itself.
 */
export const fields = {
  /** The name of the run. The same run never does a place twice. */
  run: Schema.String,
  account: Schema.String,
  /** The role that leads to the account, if it's not the one of the runner's `Fleet` Layer. */
  roleArn: Schema.optionalKey(Schema.String),
  region: Schema.String,
  /** The name of the account, for the report. */
  name: Schema.optionalKey(Schema.String),
  /** How many times faster than AWS the place is: as `speed` of an in-memory AWS. By default 1. */
  speed: Schema.optionalKey(Schema.Finite)
}

const Place = Schema.Struct(fields)
export type Place = typeof Place.Type

/** The account and the region of a place, as `Fleet.clients` takes them. */
export const placeOf = ({ account, region, roleArn }: Pick<Place, "account" | "region" | "roleArn">) =>
  roleArn === undefined ? { account, region } : { roleArn, region }

/** Runs the effect with the clients of the place. */
export const inPlace =
  (place: Pick<Place, "account" | "region" | "roleArn">) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.scoped(Effect.provide(effect, Fleet.clients(placeOf(place))))

/** The account that answers isn't the one of the place. */
export class OtherAccount extends Schema.TaggedError<OtherAccount>()("OtherAccount", {
  account: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    return `The credentials for account ${this.account} belong to account ${this.found}. Check the role of the target.`
  }
}

/** Why nothing can be done in a place. */
export const Unavailable = Schema.Union([AwsError, Fleet.AssumeRoleFailed, Fleet.InvalidTarget, OtherAccount])
export type Unavailable = typeof Unavailable.Type

/**
 * A step: an activity that works in a place. A runner that dies in it leaves it to another one, which does it again from
 * the start: so each step has to end the same when it's repeated.
 */
export const step = <S extends Schema.Constraint, R, E extends Schema.Constraint = typeof Schema.Never>(
  place: Pick<Place, "account" | "region" | "roleArn">,
  options: {
    /** Different for each step of an execution. */
    readonly name: string
    readonly success: S
    /** The errors that the step adds to those of the place. */
    readonly error?: E | undefined
    readonly execute: Effect.Effect<S["Type"], E["Type"] | Unavailable, R>
  }
) => {
  const error = Schema.Union([Unavailable, (options.error ?? Schema.Never) as E])
  return Activity.make<Exclude<R, AwsClients> | Fleet.Fleet, S, typeof error>({
    name: options.name,
    success: options.success,
    error,
    execute: inPlace(place)(options.execute)
  })
}

/** Checks that the place can be reached, and that the credentials belong to its account. The first step of a workflow. */
export const enter = (place: Place) =>
  Activity.make({
    name: "enter",
    success: Schema.Void,
    error: Unavailable,
    execute: Effect.gen(function*() {
      const { account } = yield* Sts.environment
      if (account !== place.account) return yield* new OtherAccount({ account: place.account, found: account })
    }).pipe(inPlace(place))
  })

const longest = 600

/** Text for the report: the results of a workflow are stored, so their size is bounded. */
export const bounded = (text: string): string => text.length > longest ? `${text.slice(0, longest)}…` : text

/** Every error of the library says what happened and what to do. */
export interface Failure {
  readonly message: string
}

export const done = (what: string): FleetReport.Item => ({ what: bounded(what), outcome: "Done" })

export const refused = (what: string, error: Failure): FleetReport.Item => ({
  what: bounded(what),
  outcome: "Refused",
  why: bounded(error.message)
})

export const unchanged = (what: string, why: string): FleetReport.Item => ({
  what: bounded(what),
  outcome: "Unchanged",
  why: bounded(why)
})

/** What became of one thing. A failure is part of the report, and ends nothing else. */
export const item = <A, E extends Failure, R>(
  what: string,
  steps: Effect.Effect<A, E, R>
): Effect.Effect<FleetReport.Item, never, R> =>
  steps.pipe(
    Effect.match({
      onSuccess: () => done(what),
      onFailure: (error) => refused(what, error)
    })
  )

/** The entry of a place in the report. */
export const entry = (
  { account, name, region }: {
    readonly account: string
    readonly name?: string | undefined
    readonly region: string
  },
  items: ReadonlyArray<FleetReport.Item>
): FleetReport.Entry => ({ account, ...(name !== undefined && { name }), region, items })
