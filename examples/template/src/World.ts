// A small AWS for the demo and the tests: what the program expects to be there.
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Report from "./Report.ts"

export const source = "my-service-photos"
export const reports = "my-service-reports"
export const signingKey = "not-a-secret"

export const setUp = Effect.gen(function*() {
  yield* S3.createBucket(source)
  yield* S3.createBucket(reports)
  const settings = { source, reports, staleAfterDays: 90 }
  yield* Ssm.putParameter({ name: Report.settingsName, value: JSON.stringify(settings) })
  yield* SecretsManager.send(new CreateSecretCommand({ Name: Report.signingKeyName, SecretString: signingKey }))
})

export const addPhotos = Effect.gen(function*() {
  yield* S3.putObject({ bucket: source, key: "2025/beach.jpg", body: "sand and sea" })
  yield* S3.putObject({ bucket: source, key: "2026/forest.jpg", body: "trees" })
  yield* S3.putObject({ bucket: source, key: "2026/river.jpg", body: "a river" })
})

/** An AWS that has all of this. */
export const layer = Layer.effectDiscard(Effect.orDie(Effect.andThen(setUp, addPhotos))).pipe(
  Layer.provideMerge(InMemory.layer())
)
