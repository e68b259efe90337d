import { S3 } from "@effect-aws/client-s3"
import { SSM } from "@effect-aws/client-ssm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { config } from "../worker.ts"

const program = Effect.gen(function*() {
  const { ContentLength } = yield* S3.headObject({ Bucket: "bucket", Key: "logs/today.log" })
  const { Parameter } = yield* SSM.getParameter({ Name: "/bench/setting-0" })
  console.log(ContentLength, Parameter?.Value)
})

const layer = Layer.merge(S3.layer({ ...config, forcePathStyle: true }), SSM.layer(config))
await Effect.runPromise(Effect.provide(program, layer))
