// A program with all ten clients, in a project of its own, on the packed library: see scripts/consumers.ts.
import { Effect, Stream } from "effect"
import { AwsClients, Sts } from "effect-aws-sdk"
import * as Ec2 from "effect-aws-sdk/Ec2"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"

const program = Effect.gen(function*() {
  const { config } = yield* AwsClients
  yield* S3.createBucket("my-bucket-1")
  const status: S3.BucketStatus = yield* S3.getBucketStatus("my-bucket-1")
  const count: number = yield* Stream.runCount(S3.listObjects("my-bucket-1"))
  const zones: ReadonlyArray<string> = yield* Ec2.availabilityZones
  const environment = yield* Sts.environment
  if (status !== "ExistsHaveAccess" || count !== 0 || zones.length === 0 || environment.region !== config.region) {
    return yield* Effect.die(new Error("the packed library doesn't do what it does in its own tests"))
  }
  console.log(`${process.version}: ${environment}, bucket ${status}`)
})

await Effect.runPromise(program.pipe(Effect.provide(InMemory.layer())))
