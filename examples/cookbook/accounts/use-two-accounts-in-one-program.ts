import { Context, Effect, Layer } from "effect"
import { AssumeRole, AwsClients, Ssm } from "effect-aws-sdk"

export class Audit extends Context.Service<Audit, AwsClients["Service"]>()("app/Audit") {
  static readonly layer = Layer.effect(Audit, AwsClients).pipe(
    Layer.provide(AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/audit", sessionName: "app" }))
  )
}

const inAudit = Effect.provideServiceEffect(AwsClients, Audit)

export const program = Effect.gen(function*() {
  const { value, version } = yield* Ssm.getParameter("/app/state") // in the program's own account
  yield* inAudit(Ssm.putParameter({ name: `/app/state/${version}`, value })) // in the other account
})

// For the Layer: Audit.layer.pipe(Layer.provideMerge(Default.layer()))
