import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import * as InMemory from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { serve } from "../worker.ts"
import { repeat } from "./run.ts"

const Bucket = "bench-bucket"
const Key = "today.log"
const Name = "/bench/setting-0"

const runtime = ManagedRuntime.make(InMemory.InMemory.layer())
await runtime.runPromise(S3.send(new CreateBucketCommand({ Bucket })))
await runtime.runPromise(S3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" })))
await runtime.runPromise(Ssm.putParameter({ name: Name, value: "value 0 of a setting, as long as such values are" }))

serve({
  getParameter: ({ count }) => runtime.runPromise(repeat(count, 1, () => Ssm.send(new GetParameterCommand({ Name })))),
  headObject: ({ count }) => runtime.runPromise(repeat(count, 1, () => S3.send(new HeadObjectCommand({ Bucket, Key }))))
})
