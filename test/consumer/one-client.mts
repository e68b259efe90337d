// A program in a project that has S3's client and no other: see scripts/consumers.ts.
import { GetObjectCommand, HeadBucketCommand } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import { AwsError } from "effect-aws-sdk/AwsError"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as Profile from "effect-aws-sdk/Profile"
import * as S3 from "effect-aws-sdk/S3"
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as path from "node:path"

const program = S3.send(new GetObjectCommand({ Bucket: "my-bucket-1", Key: "" })).pipe(
  AwsError.catchCode("EmptyKey", (error) => Effect.succeed(error.reason._tag))
)
const layer = AwsClients.layer({
  region: "us-east-1",
  credentials: async () => ({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" })
})
assert.equal(await Effect.runPromise(program.pipe(Effect.provide(layer))), "Misconfigured")

const inMemory = S3.createBucket("my-bucket-1").pipe(
  Effect.andThen(S3.getBucketStatus("my-bucket-1")),
  Effect.provide(InMemory.layer())
)
assert.equal(await Effect.runPromise(inMemory), "ExistsHaveAccess")

// A profile with a web identity loads STS's client when it needs it.
const file = (name: string, content: string) => {
  const at = path.join(import.meta.dirname, name)
  fs.writeFileSync(at, content)
  return at
}
process.env["AWS_SHARED_CREDENTIALS_FILE"] = file("credentials", "")
process.env["AWS_CONFIG_FILE"] = file(
  "config",
  `[profile web]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/web
web_identity_token_file = ${file("token", "token")}
`
)
const unavailable = await Effect.runPromise(
  S3.send(new HeadBucketCommand({ Bucket: "my-bucket-1" })).pipe(
    Effect.flip,
    Effect.provide(Profile.layer({ profile: "web" }))
  )
)
assert.equal(unavailable.reason._tag, "CredentialsUnavailable")
assert.match(unavailable.message, /@aws-sdk\/client-sts isn't installed. Run: npm install @aws-sdk\/client-sts/)
console.log(unavailable.message)

// A module whose client is missing can't be loaded, and the error names the package to install.
const missing = async (specifier: string, client: string) => {
  const error = await import(specifier).then(() => undefined, (error: NodeJS.ErrnoException) => error)
  assert.equal(error?.code, "ERR_MODULE_NOT_FOUND", specifier)
  assert.match(error.message, new RegExp(`Cannot find package '${client}'`), specifier)
  console.log(`${specifier}: ${error.message.replace(/ imported from .*/, "")}`)
}
await missing("effect-aws-sdk/Ssm", "@aws-sdk/client-ssm")
await missing("effect-aws-sdk/AssumeRole", "@aws-sdk/client-sts")
await missing("effect-aws-sdk", "@aws-sdk/client-[a-z0-9]+")
