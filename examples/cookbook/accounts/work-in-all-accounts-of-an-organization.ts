import { Effect, Result, Stream } from "effect"
import { Fleet, Ssm } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"

// For the Layer, which the targets need as well: fleet.pipe(Layer.provideMerge(Default.layer()))
export const fleet = Fleet.layer({ role: "OrganizationAccountAccessRole", sessionName: "contact" })

const setContact = Ssm.putParameter({ name: "/contact", value: "platform@example.com", overwrite: true })

/** The accounts in which it failed, with the reason. */
export const program = Fleet.forEach(FleetOrganizations.targets(), setContact, { concurrency: 32 }).pipe(
  Stream.filter(({ result }) => Result.isFailure(result)),
  Stream.runCollect,
  Effect.map((failed) =>
    failed.map(({ account, result, target }) => ({ account, name: target.name, why: Result.getFailure(result) }))
  )
)
