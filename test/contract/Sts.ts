import { assert } from "@effect/vitest"
import { Effect, Equal } from "effect"
import { AwsClients, Sts } from "effect-aws-sdk"
import { contract } from "./Contract.ts"

export const sts = contract("Sts", {
  "getEnvironment tells account, region and caller": Effect.gen(function*() {
    const { config } = yield* AwsClients
    const environment = yield* Sts.getEnvironment
    assert.match(environment.account, /^\d{12}$/)
    assert.strictEqual(environment.region, config.region)
    assert.include(environment.arn, `:${environment.account}:`)
    assert.strictEqual(String(environment), `aws://${environment.account}/${config.region}`)
    assert.isTrue(Equal.equals(environment, new Sts.AwsEnvironment({ ...environment })))
  })
})
