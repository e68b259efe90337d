/** In-memory EC2: how instances change their state. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import type { Fault } from "../wire/fault.ts"
import { associatePublic, attachedTo } from "./enis.ts"
import { scheduleHeard, tellInstance } from "./events.ts"
import { fault, missing } from "./faults.ts"
import { findAll, instances } from "./kinds.ts"
import { type Ec2Handlers, type Instance, seconds, type State } from "./state.ts"

/** How long an instance takes from `pending` to `running`. */
const START = seconds(15)
/** How long it takes from `stopping` to `stopped`, and from `shutting-down` to `terminated`. */
const STOP = seconds(30)

const codes: Readonly<Record<sdk.InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80
}

export const stateOf = (Name: sdk.InstanceStateName) => ({ Code: codes[Name], Name })

const byUser = {
  Code: "Client.UserInitiatedShutdown",
  Message: "Client.UserInitiatedShutdown: User initiated shutdown"
}

/** Notes why an instance stops or terminates, as AWS says it when a user asks for it. */
const note = (instance: Instance, now: number) => {
  instance.StateReason = { ...byUser }
  instance.StateTransitionReason = `User initiated (${new Date(now).toISOString().slice(0, 19).replace("T", " ")} GMT)`
}

/** Whether an instance is terminated or about to be. */
export const isEnded = ({ State }: Instance) => State.Name === "terminated" || State.Name === "shutting-down"

/** Enters a state now, and leaves it for the next one later, unless the instance has left it earlier. */
const transition = (
  state: State,
  context: HandlerContext,
  instance: Instance,
  at: number,
  [from, to]: readonly [sdk.InstanceStateName, sdk.InstanceStateName]
) => {
  instance.State = stateOf(from)
  tellInstance(context, instance.InstanceId, from)
  scheduleHeard(state, context, at, { kind: "instance", id: instance.InstanceId, from, to })
}

/** Starts a new or stopped instance. */
export const start = (state: State, context: HandlerContext, instance: Instance, now: number) => {
  const [primary] = attachedTo(state, instance)
  if (instance.attributes.hasPublicAddress && primary !== undefined && primary.Association === undefined) {
    associatePublic(state, context, primary)
  }
  instance.LaunchTime = new Date(now)
  instance.StateReason = { Code: "pending", Message: "pending" }
  instance.StateTransitionReason = ""
  transition(state, context, instance, now + context.takes(START), ["pending", "running"])
}

/** Terminates an instance, unless it is or is about to be. */
export const terminate = (state: State, context: HandlerContext, instance: Instance, now: number) => {
  if (isEnded(instance)) return
  note(instance, now)
  transition(state, context, instance, now + context.takes(STOP), ["shutting-down", "terminated"])
}

const stop = (state: State, context: HandlerContext, instance: Instance, now: number) => {
  note(instance, now)
  transition(state, context, instance, now + context.takes(STOP), ["stopping", "stopped"])
}

/** The instances with these ids, each once. Fails if one of them doesn't exist. */
export const findSeveral = Effect.fnUntraced(function*(state: State, ids: ReadonlyArray<string> | undefined) {
  if (ids === undefined || ids.length === 0) return yield* missing("InstanceId")
  return new Set(yield* findAll(state, instances, ids, "InstanceId"))
})

const change = (
  all: Iterable<Instance>,
  act: (instance: Instance, now: number) => void
): Effect.Effect<Array<sdk.InstanceStateChange>> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    Array.from(all, (instance) => {
      const before = instance.State
      act(instance, now)
      return {
        InstanceId: instance.InstanceId,
        PreviousState: { ...before },
        CurrentState: { ...instance.State }
      }
    }))

const wrongState = ({ InstanceId }: Instance, action: string) =>
  fault("IncorrectInstanceState", `The instance '${InstanceId}' is not in a state from which it can be ${action}.`)

const isProtected = ({ InstanceId }: Instance, action: string, attribute: string) =>
  fault(
    "OperationNotPermitted",
    `The instance '${InstanceId}' may not be ${action}. Modify its '${attribute}' instance attribute and try again.`
  )

const states = (instance: Instance, ...names: ReadonlyArray<sdk.InstanceStateName>) =>
  names.includes(instance.State.Name!)

const checkAll = (all: Iterable<Instance>, check: (instance: Instance) => Fault | undefined) =>
  Effect.forEach(all, (instance) => check(instance) ?? Effect.void, { discard: true })

export const handlers: Ec2Handlers = {
  TerminateInstances: Effect.fnUntraced(function*({ InstanceIds }, state, context) {
    const all = [...yield* findSeveral(state, InstanceIds)]
    const kept = all.filter(({ State, attributes }) => attributes.disableApiTermination && State.Name !== "terminated")
    // A protected instance also protects the others that are in its zone.
    const zones = new Set(kept.map(({ Placement }) => Placement.AvailabilityZone))
    const TerminatingInstances = yield* change(
      all.filter(({ Placement }) => !zones.has(Placement.AvailabilityZone)),
      (instance, now) => terminate(state, context, instance, now)
    )
    return kept[0] === undefined
      ? { TerminatingInstances }
      : yield* isProtected(kept[0], "terminated", "disableApiTermination")
  }),

  StopInstances: Effect.fnUntraced(function*({ Hibernate, InstanceIds }, state, context) {
    const all = yield* findSeveral(state, InstanceIds)
    yield* checkAll(all, (instance) =>
      states(instance, "pending") && instance.attributes.hasRun !== true
        ? fault(
          "IncorrectInstanceState",
          `Instance '${instance.InstanceId}' cannot be stopped as it has never reached the 'running' state.`
        )
        : !states(instance, "running", "stopping", "stopped")
        ? wrongState(instance, "stopped")
        : instance.InstanceLifecycle === "spot"
        ? fault(
          "UnsupportedOperation",
          `You can't stop the Spot Instance '${instance.InstanceId}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`
        )
        : instance.attributes.disableApiStop
        ? isProtected(instance, "stopped", "disableApiStop")
        : Hibernate === true && instance.HibernationOptions?.Configured !== true
        ? fault(
          "UnsupportedHibernationConfiguration",
          `The instance '${instance.InstanceId}' is not configured for hibernation.`
        )
        : undefined)
    const StoppingInstances = yield* change(all, (instance, now) => {
      if (states(instance, "running")) stop(state, context, instance, now)
    })
    return { StoppingInstances }
  }),

  StartInstances: Effect.fnUntraced(function*({ InstanceIds }, state, context) {
    const all = yield* findSeveral(state, InstanceIds)
    yield* checkAll(all, (instance) =>
      states(instance, "stopped", "pending", "running")
        ? undefined
        : wrongState(instance, "started"))
    const StartingInstances = yield* change(all, (instance, now) => {
      if (states(instance, "stopped")) start(state, context, instance, now)
    })
    return { StartingInstances }
  })
}
