// A Worker of Cloudflare. It has no files, no profiles and no instance metadata, so its credentials come from its bindings.
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as S3 from "effect-aws-sdk/S3"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

interface Bindings {
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
  readonly ENDPOINT: string
}

const program = Effect.gen(function*() {
  yield* S3.ensureBucketExists("worker")
  yield* S3.putObject({ bucket: "worker", key: "note.txt", body: "from a Worker" })
  yield* Ssm.putParameter({ name: "/worker", value: Redacted.make("secret") })
  return {
    text: yield* S3.getText("worker", "note.txt"),
    keys: yield* S3.listObjects("worker").pipe(Stream.map(({ key }) => key), Stream.runCollect),
    missing: (yield* Effect.flip(Ssm.getParameter("/missing"))).message
  }
})

export default {
  fetch: async (_: unknown, bindings: Bindings): Promise<Response> => {
    const clients = AwsClients.layer({
      region: "eu-central-1",
      endpoint: bindings.ENDPOINT,
      credentials: {
        accessKeyId: bindings.AWS_ACCESS_KEY_ID,
        secretAccessKey: Redacted.make(bindings.AWS_SECRET_ACCESS_KEY)
      }
    })
    return Response.json(await Effect.runPromise(Effect.provide(program, clients)))
  }
}
