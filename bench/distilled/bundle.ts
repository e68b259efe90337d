import * as Credentials from "@distilled.cloud/aws/Credentials"
import * as Endpoint from "@distilled.cloud/aws/Endpoint"
import * as S3 from "@distilled.cloud/aws/s3"
import * as Ssm from "@distilled.cloud/aws/ssm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "effect/unstable/http/FetchHttpClient"
import { endpoint, keys } from "../worker.ts"

const program = Effect.gen(function*() {
  const { ContentLength } = yield* S3.headObject({ Bucket: "bucket", Key: "logs/today.log" })
  const { Parameter } = yield* Ssm.getParameter({ Name: "/bench/setting-0" })
  console.log(ContentLength, Redacted.isRedacted(Parameter?.Value) ? Redacted.value(Parameter.Value) : Parameter?.Value)
})

const layer = Layer.mergeAll(
  FetchHttpClient.layer,
  Credentials.fromCredentials(keys, "us-east-1"),
  Endpoint.of(endpoint)
)
await Effect.runPromise(Effect.provide(program, layer))
