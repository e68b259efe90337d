import { assert, describe, it } from "@effect/vitest"
import { type File, groupsOf } from "../../scripts/internal/groups.ts"

const filesOf = (files: Record<string, Partial<File>>): ReadonlyMap<string, File> =>
  new Map(
    Object.entries(files).map((
      [name, file]
    ) => [name, { name, bytes: 100, imports: [], externals: new Set(), ...file }])
  )

const groups = (files: Record<string, Partial<File>>, joinable: ReadonlyArray<string>) =>
  groupsOf(filesOf(files), ["one", "two"], joinable).map((group) => [...group].sort())

describe("the files that the build joins", () => {
  it("are those that an entry loads together", () => {
    const files = { one: { imports: ["a", "b"] }, two: { imports: ["a"] }, a: {}, b: {} }
    assert.deepEqual(groups(files, ["a", "b"]), [["a", "b"]])
  })
  it("are none that no entry loads together", () => {
    const files = { one: { imports: ["a"] }, two: { imports: ["b"] }, a: {}, b: {} }
    assert.deepEqual(groups(files, ["a", "b"]), [])
  })
  it("are none by which an entry would load another module of Effect or the SDK", () => {
    const files = {
      one: { imports: ["a", "b"] },
      two: { imports: ["a"] },
      a: {},
      b: { externals: new Set(["effect/Schema"]) }
    }
    assert.deepEqual(groups(files, ["a", "b"]), [])
    const both = { ...files, two: { imports: ["a"], externals: new Set(["effect/Schema"]) } }
    assert.deepEqual(groups(both, ["a", "b"]), [["a", "b"]])
  })
  it("are none by which an entry would load much that it doesn't need", () => {
    const files = { one: { imports: ["a", "b"] }, two: { imports: ["a"] }, a: {}, b: { bytes: 100_000 } }
    assert.deepEqual(groups(files, ["a", "b"]), [])
  })
  it("never import each other", () => {
    const files = { one: { imports: ["a"] }, two: {}, a: { imports: ["fixed"] }, fixed: { imports: ["b"] }, b: {} }
    assert.deepEqual(groups(files, ["a", "b"]), [])
    assert.deepEqual(groups(files, ["a", "fixed", "b"]), [["a", "b", "fixed"]])
  })
})
