import * as Credentials from "@distilled.cloud/aws/Credentials"
import * as Endpoint from "@distilled.cloud/aws/Endpoint"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as FetchHttpClient from "effect/unstable/http/FetchHttpClient"
import { endpoint, keys } from "../worker.ts"

const runtime = ManagedRuntime.make(Layer.mergeAll(
  FetchHttpClient.layer,
  Credentials.fromCredentials(keys, "us-east-1"),
  Endpoint.of(endpoint)
))

export const run = (program) => runtime.runPromise(program)

/** Makes `count` calls, `concurrency` of them at a time. */
export const repeat = (count, concurrency, call) =>
  Effect.as(Effect.forEach(Array.from({ length: count }), call, { concurrency, discard: true }), count)
