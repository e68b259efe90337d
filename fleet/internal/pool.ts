// The clients of a fleet: one session for each role, and clients for each of its regions.
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AwsError } from "../../errors/internal/awsError.ts"
import { InvalidTarget } from "../../errors/internal/fleetErrors.ts"
import { type AssumeRoleFailed, InvalidSetting } from "../../errors/internal/layerErrors.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { shown } from "../../errors/internal/words.ts"
import type * as AssumeRole from "../../layers/AssumeRole.ts"
import { above, assumeRole, sessionOf } from "../../layers/internal/assumeRole.ts"
import * as Sts from "../../services/Sts.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import type { Send } from "../../src/Call.ts"
import { layerReleased } from "../../src/internal/connections.ts"
import { millisOf } from "../../src/internal/durations.ts"
import * as Endpoints from "../../src/internal/endpoints.ts"
import { oncePerLayer, withMemo } from "../../src/internal/memo.ts"
import { CallPolicy } from "../../src/internal/perCall.ts"
import type { Unavailable } from "./events.ts"
import * as Leases from "./leases.ts"
import { isRealRegion, type Resolved, type RolePattern, roleProblem } from "./targets.ts"

/**
 * Options of a fleet: those of `AssumeRole`, for the sessions in all accounts, and how to get there. Client options replace those of
 * the underlying `AwsClients`, except for `plugins`, `aspects` and `clientOptions`, which are added to theirs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<AssumeRole.Options, "roleArn" | "region" | "serialNumber" | "tokenCode"> {
  /** The role that leads to each account. */
  readonly role: RolePattern
  /** The regions of targets that name none. By default the region of the underlying `AwsClients`. */
  readonly regions?: ReadonlyArray<string> | undefined
  /**
   * How long the clients of a place are kept while nobody uses them, and after them the session of their account. By default one
   * minute. Of those that nobody uses, at most 32 places and 128 sessions are kept.
   */
  readonly idleTimeToLive?: Duration.Input | undefined
}

/** How many places, and how many sessions, are kept while nobody uses them. */
const IDLE_PLACES = 32
const IDLE_SESSIONS = 128

const setting = (name: string, value: unknown, expected: string): InvalidSetting =>
  new InvalidSetting({
    setting: `The \`${name}\` option`,
    value: shown(value),
    expected
  })

/** Checks the options, so that a wrong one fails the Layer and not every account. */
const checkOptions = Effect.fnUntraced(function*(
  options: Options,
  ownRegion: string
): Effect.fn.Return<void, InvalidSetting> {
  const { duration, endpoint, idleTimeToLive = "1 minute", regions, role, sessionName } = options
  yield* Endpoints.check(endpoint)
  const problem = roleProblem(role)
  if (problem !== undefined) return yield* setting("role", role, problem)
  if (typeof sessionName !== "string" || !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    return yield* setting("sessionName", sessionName, "2 to 64 letters, digits and characters of _+=,.@-")
  }
  const { seconds } = yield* sessionOf(options)
  if (seconds !== undefined && !(seconds >= 900 && seconds <= 43_200)) {
    return yield* setting("duration", duration, "from 15 minutes to 12 hours")
  }
  if (!(millisOf(idleTimeToLive) >= 0)) {
    return yield* setting("idleTimeToLive", idleTimeToLive, `a duration of 0 or more, such as "1 minute"`)
  }
  const { aspects } = options
  if (aspects !== undefined && !(Array.isArray(aspects) && aspects.every((aspect) => typeof aspect === "function"))) {
    return yield* setting("aspects", aspects, "a list of functions, such as [Aspect.adaptive()]")
  }
  if (regions === undefined) {
    if (isRealRegion(ownRegion)) return
    return yield* new InvalidSetting({
      setting: "The region of the underlying `AwsClients`",
      value: ownRegion,
      expected: "the name of a region, such as eu-central-1, unless the option `regions` has the fleet's"
    })
  }
  if (!Array.isArray(regions) || regions.length === 0) {
    return yield* setting(
      "regions",
      regions,
      "a list of at least one region. Leave it out for the region of the clients below"
    )
  }
  for (const region of regions) {
    if (!isRealRegion(region)) return yield* setting("regions", region, "the names of regions, such as eu-central-1")
  }
})

const released = (region: string): AwsError =>
  new AwsError({
    service: "STS",
    operation: "AssumeRole",
    region,
    reason: layerReleased().reason,
    mayHaveSucceeded: false
  })

const noSuchPlace = ({ operation, region, service }: Parameters<Send>[0]): AwsError =>
  new AwsError({
    service,
    operation,
    region,
    reason: new Reason.Misconfigured({
      code: "PlaceReleased",
      description: `the fleet has no clients in ${region} for this account at the moment, so nothing was sent`,
      isRetryable: false,
      advice: "End the call before the clients of its place are released, and change no call's region in an aspect."
    }),
    mayHaveSucceeded: false
  })

/** What all regions of an account share. */
interface Session {
  /** The configuration of its clients, but for their region. */
  readonly config: AwsClients.Config
  /** Sends a call to its region, with the aspects around it. They are applied once, so their state is that of the account. */
  readonly send: Send
  /** What sends the calls of each region, without aspects. */
  readonly regions: Map<string, Send>
}

const sessionWith = (config: AwsClients.Config): Session => {
  const regions = new Map<string, Send>()
  const toRegion: Send = (call) => regions.get(call.region)?.(call) ?? Effect.fail(noSuchPlace(call))
  return { config, regions, send: (config.aspects ?? []).reduceRight<Send>((send, aspect) => aspect(send), toRegion) }
}

export interface Pool {
  readonly regions: ReadonlyArray<string>
  readonly clients: (place: Resolved) => Effect.Effect<AwsClients["Service"], Unavailable, Scope.Scope>
  /** Keeps the session of a place, once it's there, for as long as the scope is open; and why there is none. */
  readonly hold: (place: Resolved) => Effect.Effect<void, never, Scope.Scope>
  /** How many sessions and places are open. */
  readonly sizes: () => { readonly sessions: number; readonly places: number }
}

export const makePool = (options: Options): Effect.Effect<Pool, InvalidSetting, AwsClients | Scope.Scope> =>
  Effect.gen(function*() {
    const base = yield* AwsClients
    const { idleTimeToLive: idle = "1 minute", regions = [base.config.region], role: _, ...session } = options
    yield* checkOptions(options, base.config.region)
    const idleTimeToLive = Duration.fromInputUnsafe(idle)
    // One pool of connections for all places, also if the fleet has one of its own.
    const { requestHandler } = session.requestHandler === undefined
      ? base.config
      : (yield* AwsClients.make({ ...base.config, requestHandler: session.requestHandler })).config
    const own: Effect.Effect<string, AwsError> = oncePerLayer(
      withMemo({}),
      "account",
      Sts.environment.pipe(
        Effect.map(({ account }) => account),
        Effect.provideService(CallPolicy, undefined),
        Effect.provideService(AwsClients, base)
      )
    )

    const sessions = yield* Leases.make<Session, AssumeRoleFailed | AwsError>({
      open: (roleArn) =>
        roleArn === ""
          ? Effect.sync(() => sessionWith(above(base.config, { ...session, requestHandler })))
          : assumeRole({ ...session, requestHandler, roleArn }).pipe(
            Effect.map(sessionWith),
            // The options have been checked.
            Effect.catchTag("InvalidSetting", Effect.die),
            Effect.provideService(AwsClients, base)
          ),
      isFinal: (error) => !error.isRetryable,
      released: () => released(base.config.region),
      idleTimeToLive,
      maxIdle: IDLE_SESSIONS
    })

    const places = yield* Leases.make<AwsClients["Service"], AssumeRoleFailed | AwsError>({
      open: Effect.fnUntraced(function*(key) {
        const [roleArn = "", region = ""] = key.split(" ")
        const { config, regions, send } = yield* sessions.get(roleArn)
        const { get, send: sendThere } = yield* Layer.build(AwsClients.inRegion(region)).pipe(
          Effect.map(Context.get(AwsClients)),
          Effect.catchTag("InvalidSetting", Effect.die),
          Effect.provideService(AwsClients, AwsClients.of({ ...base, config: { ...config, aspects: [] } }))
        )
        yield* Effect.acquireRelease(
          Effect.sync(() => regions.set(region, sendThere)),
          // By then, the place may be open again.
          () => Effect.sync(() => regions.get(region) === sendThere && regions.delete(region))
        )
        return withMemo(AwsClients.of({ config: { ...config, region }, get, send }))
      }),
      isFinal: () => false,
      released: (key) => released(key.split(" ")[1] ?? ""),
      idleTimeToLive,
      maxIdle: IDLE_PLACES
    })

    const checkOwn = Effect.fnUntraced(function*(place: Resolved): Effect.fn.Return<void, InvalidTarget | AwsError> {
      const account = yield* own
      if (account === place.account) return
      const description =
        `The fleet's \`role\` gives it no role, so the fleet's own credentials have to belong to it, but ` +
        `they belong to account ${account}`
      return yield* new InvalidTarget({ target: place.account, description })
    })

    const keyOf = ({ region, roleArn = "" }: Resolved) => `${roleArn} ${region}`
    return {
      regions,
      clients: (place) =>
        place.roleArn === undefined
          ? Effect.andThen(checkOwn(place), places.get(keyOf(place)))
          : places.get(keyOf(place)),
      hold: ({ roleArn = "" }) => sessions.hold(roleArn),
      sizes: () => ({ sessions: sessions.size(), places: places.size() })
    }
  })
