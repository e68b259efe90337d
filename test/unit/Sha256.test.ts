import { assert, describe, it } from "@effect/vitest"
import { Sha256Node } from "@smithy/core/checksum"
import { Effect, Schema } from "effect"
import { makeSha256 } from "../../src/internal/sdk/sha256.ts"

const Sha256 = makeSha256()

describe("the hash that signs requests", () => {
  it.effect.prop(
    "is that of the SDK's own class, with and without a secret, for texts in any number of parts",
    {
      secret: Schema.UndefinedOr(Schema.Union([Schema.NonEmptyString, Schema.Uint8Array])),
      parts: Schema.Array(Schema.Uint8Array),
      isLong: Schema.Boolean
    },
    ({ isLong, parts, secret }) =>
      Effect.promise(async () => {
        const all = isLong ? [...parts, new Uint8Array(5_000).fill(7), ...parts] : parts
        const [theirs, ours, again] = [new Sha256Node(secret), new Sha256(secret), new Sha256(secret)]
        for (const part of all) {
          theirs.update(part)
          // The source may use its bytes again.
          const bytes = Uint8Array.from(part)
          ours.update(bytes)
          bytes.fill(1)
          again.update(part)
        }
        const expected = Buffer.from(await theirs.digest()).toString("hex")
        assert.strictEqual(Buffer.from(await ours.digest()).toString("hex"), expected)
        assert.strictEqual(Buffer.from(await again.digest()).toString("hex"), expected)
        ours.reset()
        for (const part of all) ours.update(part)
        assert.strictEqual(Buffer.from(await ours.digest()).toString("hex"), expected)
      }),
    { arbitrary: { runs: 300 }, timeout: 30_000 }
  )

  it("signs another text with a secret that it knows, and the same one with another secret", async () => {
    const sign = async (secret: string, text: string, Class: typeof Sha256 | typeof Sha256Node) => {
      const hash = new Class(secret)
      hash.update(Buffer.from(text))
      return Buffer.from(await hash.digest()).toString("hex")
    }
    for (const [secret, text] of [["a", "1"], ["a", "2"], ["b", "2"], ["a", "1"], ["b", "1"]] as const) {
      assert.strictEqual(await sign(secret, text, Sha256), await sign(secret, text, Sha256Node))
    }
    for (let i = 0; i < 50; i++) {
      assert.strictEqual(await sign(`${i}`, "x", Sha256), await sign(`${i}`, "x", Sha256Node))
    }
  })
})
