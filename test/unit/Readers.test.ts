// The reader of XML belongs to the services that answer in XML. A service that lacks it is slower; one that has it needlessly makes
// bundles larger.
import { assert, describe, it } from "@effect/vitest"
import { services } from "../../scripts/internal/services.ts"
import { hasReader } from "../../src/internal/sdk/client.ts"

describe("the reader of XML", () => {
  for (const [module, name] of Object.entries(services)) {
    it(`reads for ${module} if its client's protocol has XML`, async () => {
      const sdk = await import(`@aws-sdk/client-${name}`) as Readonly<Record<string, any>>
      const Client = Object.entries(sdk).find(([name]) => /^[A-Z]\w*Client$/.test(name))![1]
      await import(`effect-aws-sdk/${module}`)
      const { config: { protocol } } = new Client({ region: "us-east-1" })
      assert.strictEqual(hasReader(Client), /xml|query/i.test(protocol.getShapeId()))
    })
  }
})
