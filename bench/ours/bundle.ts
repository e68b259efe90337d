import { HeadObjectCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as S3 from "effect-aws-sdk/S3"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import { config } from "../worker.ts"

const program = Effect.gen(function*() {
  const { ContentLength } = yield* S3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "logs/today.log" }))
  const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" }))
  console.log(ContentLength, Parameter?.Value)
})

const credentials = async () => config.credentials
await Effect.runPromise(
  Effect.provide(program, AwsClients.layer({ ...config, credentials, clientOptions: { forcePathStyle: true } }))
)
