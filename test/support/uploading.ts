// A program that uploads the file of its second argument to the server of its first, as a program of a user would; with a third
// argument, it remembers the upload in that directory, and goes on with it.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as S3 from "effect-aws-sdk/S3"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const [endpoint = "", path = "", stateDirectory] = process.argv.slice(2)
const resume = stateDirectory !== undefined && { stateDirectory }

S3.uploadFile({ path, bucket: "bucket", key: "key", resume }).pipe(
  Effect.provide(AwsClients.layer({
    region: "eu-central-1",
    endpoint,
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: Redacted.make("test") },
    clientOptions: { forcePathStyle: true }
  })),
  NodeRuntime.runMain
)
