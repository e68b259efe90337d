// The options of a Layer that no Config has, beside those that come from one.
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Context, Effect, Layer } from "effect"
import { type Aspect, AssumeRole, AwsClients, Compute, Default, InMemory, Profile } from "effect-aws-sdk"
import { home } from "../support/Environment.ts"

const aspect: Aspect.Aspect = (send) => send
const others = { aspects: [aspect] }
const region = Config.String("REGION")
const values = {
  REGION: "eu-west-3",
  ROLE: "arn:aws:iam::210987654321:role/audit",
  KEY: "AKIACONFIG",
  SECRET: "secret"
}
const keys = { accessKeyId: Config.String("KEY"), secretAccessKey: Config.Redacted("SECRET") }
const role = { roleArn: Config.String("ROLE"), sessionName: Config.String("KEY"), region }

const layers: Readonly<Record<string, Layer.Layer<AwsClients, unknown>>> = {
  AwsClients: AwsClients.layerConfig({ region, credentials: keys }, others),
  Default: Default.layerConfig({ region }, others),
  Compute: Compute.layerConfig({ region }, others),
  Profile: Profile.layerConfig({ region }, others),
  AssumeRole: AssumeRole.layerConfig(role, others).pipe(Layer.provide(InMemory.layer()))
}

describe("layerConfig", () => {
  for (const [name, layer] of Object.entries(layers)) {
    it.live(`passes on the options that no Config has: ${name}`, () =>
      Effect.gen(function*() {
        const credentials = "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret"
        yield* home({ credentials }, { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "secret" })
        const { config } = Context.get(yield* Layer.build(layer), AwsClients)
        assert.strictEqual(config.region, "eu-west-3")
        assert.strictEqual(config.aspects?.at(-1), aspect)
      }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(values))))
  }
})
