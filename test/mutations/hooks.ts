/** Loads the SDK with the changes that MUTATION names: an SDK whose internals have other names. */
import { registerHooks } from "node:module"
import { emulatorMutations, mutations } from "./mutations.ts"

const changes = { ...mutations, ...emulatorMutations }[process.env["MUTATION"] ?? ""]?.changes ?? []
const counts = changes.map(() => 0)

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!/node_modules\/@(aws-sdk|smithy)\//.test(url) || loaded.source == null) return loaded
    let source = loaded.source.toString()
    for (const [i, [pattern, replacement]] of changes.entries()) {
      counts[i]! += source.match(pattern)?.length ?? 0
      source = source.replace(pattern, replacement)
    }
    return { ...loaded, source }
  }
})

// A change that finds nothing to change proves nothing.
process.on("exit", () => {
  if (counts.includes(0)) {
    console.error(`The SDK has nothing to mutate for ${changes[counts.indexOf(0)]![0]}`)
    process.exitCode = 1
  }
})
