// Patterns with wildcards: judged by a model that tries everything, and by the steps that they take.
import { assert, describe, it } from "@effect/vitest"
import { glob } from "../../emulator/support/globs.ts"

/** Tries every text that a star can stand for. */
const model = (pattern: string, text: string): boolean => {
  const [first, rest] = [pattern[0], pattern.slice(1)]
  if (first === undefined) return text === ""
  if (first === "*") return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) => model(rest, text.slice(i)))
  return text !== "" && (first === "?" || first === text[0]) && model(rest, text.slice(1))
}

/** All texts of these characters, up to a length. */
const texts = (characters: string, length: number): ReadonlyArray<string> =>
  length === 0
    ? [""]
    : ["", ...[...characters].flatMap((one) => texts(characters, length - 1).map((rest) => one + rest))]

/** A text that counts how often its characters are read. */
const counted = (text: string) => {
  const reads = { count: 0 }
  const characters = new Proxy([...text], {
    get: (target, name) => {
      if (name !== "length") reads.count++
      return Reflect.get(target, name) as unknown
    }
  })
  return { characters, reads }
}

describe("a pattern with wildcards", () => {
  it("matches the texts that a model matches", () => {
    const patterns = [...new Set(texts("ab*?", 5))]
    const values = [...new Set(texts("ab", 5))]
    for (const pattern of patterns) {
      const isMatch = glob(pattern)
      const differences = values.filter((value) => isMatch(value) !== model(pattern, value))
      assert.deepEqual(differences, [], pattern)
    }
  })

  it("takes every character but the wildcards as it is", () => {
    const plain = "\\^$.|+()[]{}/\n-"
    assert.isTrue(glob(`${plain}*`)(`${plain}x`))
    assert.isFalse(glob("a.c")("abc"))
    assert.isTrue(glob("a?c")("a\u{1f600}c"))
    assert.isTrue(glob("*")("line\nline"))
    assert.isTrue(glob("a?", { one: false })("a?"))
    assert.isFalse(glob("a?", { one: false })("ab"))
  })

  it("takes an escaped wildcard as it is where the service has escapes", () => {
    assert.isTrue(glob(String.raw`a\*\?\\`, { escapes: true })(String.raw`a*?\ `.trim()))
    assert.isFalse(glob(String.raw`a\*`, { escapes: true })("abc"))
    assert.isTrue(glob(String.raw`a\*`)(String.raw`a\bc`))
  })

  it("ignores the case where the service does", () => {
    assert.isTrue(glob("S3:get*", { ignoresCase: true })("s3:GetObject"))
    assert.isFalse(glob("S3:get*")("s3:GetObject"))
  })

  for (
    const [title, pattern] of [
      ["20 stars", `${"*a".repeat(20)}*b`],
      ["20 stars between many characters", `${"*aaaaaaaaaa?".repeat(20)}b`],
      ["stars in a row", `${"*".repeat(20)}b`]
    ] as const
  ) {
    it(`fails on 10,000 characters with ${title} in steps that grow with the product of the lengths`, () => {
      const { characters, reads } = counted("a".repeat(10_000))
      assert.isFalse(glob(pattern)(characters))
      assert.isAbove(reads.count, 0)
      assert.isAtMost(reads.count, 10_000 * (pattern.length + 1))
    })
  }
})
