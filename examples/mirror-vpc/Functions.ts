// The functions behind the cluster's bus. On a real account, they are deployed to Lambda from `lambda/`, and rules of the bus invoke them.
// On the in-memory AWS, the rules are the same, and this process runs the handlers.
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { Console, Effect, Result } from "effect"
import { arkime, EventBridge, InMemory, Sts } from "effect-aws-sdk"
import { inClusterAccount, inVpcAccount } from "./Accounts.ts"
import * as Handlers from "./Handlers.ts"
import { type Options, vpcRecord } from "./Program.ts"

/** The result for one interface. */
export interface Interface {
  readonly eniId: string
  readonly eniType: string
  readonly subnetId: string
  readonly outcome: arkime.CreateEniMirrorOutcome
  readonly reason?: string
}

const words: Record<arkime.CreateEniMirrorOutcome, string> = {
  Success: "mirrored",
  AbortedExists: "skipped: it is already mirrored",
  AbortedEniType: "skipped: its type can't be mirrored",
  Failure: "failed"
}

export const describe = ({ outcome, reason }: Interface): string =>
  reason === undefined ? words[outcome] : `${words[outcome]}: ${reason}`

/**
 * Creates a rule for each type of event about a VPC, and returns the ARNs of the functions that they invoke. The functions are in the
 * VPC's account, so the cluster's bus invokes them with a role.
 */
export const putRules = Effect.fn("putRules")(function*(options: Options) {
  const { busArn } = yield* vpcRecord(options)
  const vpc = yield* inVpcAccount(Sts.environment)
  const cluster = yield* inClusterAccount(Sts.environment)
  const ruleFor = Effect.fnUntraced(
    function*(name: string, { detailType, source }: { readonly detailType: string; readonly source: string }) {
      const Arn = `arn:aws:lambda:${vpc.region}:${vpc.account}:function:${name}`
      const rule = { EventBusName: busArn, Name: `${name}-${options.vpcId}` }
      const pattern = { source: [source], "detail-type": [detailType], detail: { vpc_id: [options.vpcId] } }
      yield* EventBridge.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }))
      const RoleArn = `arn:aws:iam::${cluster.account}:role/invoke-${name}`
      const target = { Id: name, Arn, ...(vpc.account === cluster.account ? {} : { RoleArn }) }
      yield* EventBridge.send(
        new PutTargetsCommand({ EventBusName: rule.EventBusName, Rule: rule.Name, Targets: [target] })
      )
      return Arn
    }
  )
  return yield* inClusterAccount(Effect.all({
    createEniMirror: ruleFor("createEniMirror", arkime.CreateEniMirrorEvent),
    destroyEniMirror: ruleFor("destroyEniMirror", arkime.DestroyEniMirrorEvent)
  }))
})

/**
 * Runs the handlers in this process for what the bus of the in-memory AWS delivers, until the scope closes. `outcomes` waits for
 * them, and takes the results since it last ran.
 */
export const run = Effect.fn("run")(function*(options: Options) {
  const functions = yield* putRules(options)
  const results = new Map<string, Interface>()
  const keep = (result: Interface) =>
    Effect.suspend(() => {
      // EventBridge delivers at least once: a second delivery finds what the first one did.
      const isRepeated = results.get(result.eniId)?.outcome === "Success"
      if (!isRepeated) results.set(result.eniId, result)
      return Console.log(`  ${result.eniId} (${result.eniType}): ${describe(result)}`)
    })

  yield* InMemory.onDelivery(
    functions.createEniMirror,
    Effect.fnUntraced(function*(delivered: unknown) {
      const { eniId, eniType, subnetId } = yield* EventBridge.decode(arkime.CreateEniMirrorEvent, delivered)
      const handled = yield* Effect.result(Handlers.createEniMirror(delivered))
      yield* keep(
        Result.isSuccess(handled)
          ? { eniId, eniType, subnetId, outcome: handled.success.outcome }
          : { eniId, eniType, subnetId, outcome: "Failure", reason: handled.failure.message }
      )
      return yield* Effect.fromResult(handled)
    })
  )
  yield* InMemory.onDelivery(
    functions.destroyEniMirror,
    (delivered: unknown) =>
      Handlers.destroyEniMirror(delivered).pipe(
        Effect.tap(({ event }) => Console.log(`  ${event.eniId}: no longer mirrored`))
      )
  )

  const outcomes = Effect.map(InMemory.settled, () => {
    const taken = [...results.values()]
    results.clear()
    return taken
  })
  return { outcomes }
})
