// The judge itself: it has to notice what a client gets wrong.
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, beforeAll, it } from "vitest"
import { type Aws, bucket, startAws } from "./aws.ts"
import { calm } from "./faults.ts"
import { judge } from "./judge.ts"
import type { Operation, Outcome } from "./operations.ts"
import type { Client } from "./processes.ts"
import { type Proxy, startProxy } from "./proxy.ts"
import { sha256 } from "./random.ts"
import type { Step } from "./steps.ts"

let aws: Aws
let proxy: Proxy
beforeAll(async () => {
  aws = await startAws()
  proxy = await startProxy(aws.url)
})
afterAll(async () => {
  await proxy.close()
  await aws.close()
})

const right = Buffer.from("right")
const succeeded: Outcome = { _tag: "Success", value: null }
const failed: Outcome = { _tag: "Failure", tag: "AwsError", code: "SlowDown", message: "slow down" }

/** Judges what a client of this kind makes of an upload of an object and a file, over an object and beside a source. */
const judged = async (
  run: (place: { readonly directory: string; readonly target: string }) => Promise<Outcome>,
  changes: Partial<Step> = {}
) => {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "hostile-judge-"))
  const target = path.join(directory, "target")
  const operation: Operation = { _tag: "uploadFile", options: {} }
  const client: Client = {
    pid: process.pid,
    run: () => run({ directory, target }),
    kill: () => {},
    interrupt: () => {},
    holdings: async () => undefined,
    openFiles: async () => [],
    close: async () => {}
  }
  const { wrong } = await judge({ aws, proxy, client, directory, labels: [], settle: 500 }, {
    operation,
    weather: calm,
    isAlone: false,
    objects: { key: { body: Buffer.from("old") } },
    files: { [path.join(directory, "source")]: right },
    written: { key: [{ sha256: sha256(right), size: right.length, contentType: "text/plain", metadata: { a: "b" } }] },
    saved: { [target]: [sha256(right)] },
    explained: ["AwsError"],
    ...changes
  })
  return wrong.join("\n")
}

const headers = { contentType: "text/plain", metadata: { a: "b" } }

const write = (target: string, bytes: Uint8Array = right) => fs.writeFile(target, bytes)

it("the judge finds nothing wrong with a client that is right, and with one that fails and changes nothing", async () => {
  const wrong = await judged(async ({ target }) => {
    await aws.put("key", right, headers)
    await write(target)
    return succeeded
  })
  assert.strictEqual(wrong, "")
  assert.strictEqual(await judged(async () => failed), "")
})

const lies: Readonly<Record<string, readonly [RegExp, Parameters<typeof judged>[0], Partial<Step>?]>> = {
  "an object with other bytes": [/the object key is 5 bytes/, async ({ target }) => {
    await aws.put("key", Buffer.from("wrong"), headers)
    await write(target)
    return succeeded
  }],
  "an object with other metadata": [/the object key is/, async ({ target }) => {
    await aws.put("key", right, { ...headers, metadata: { a: "c" } })
    await write(target)
    return succeeded
  }],
  "an object that was not replaced": [/the object key is 3 bytes/, async ({ target }) => {
    await write(target)
    return succeeded
  }],
  "an object that a failure has deleted": [/the object key is none/, async () => {
    await aws.delete("key")
    return failed
  }],
  "an object that a failure has replaced": [/the object key is 5 bytes/, async () => {
    await aws.put("key", right, headers)
    return failed
  }],
  "an object that nobody asked for": [/nobody asked for: stray/, async () => {
    await aws.put("stray", right)
    return failed
  }],
  "a file with other bytes": [/the file target is/, async ({ target }) => {
    await aws.put("key", right, headers)
    await write(target, Buffer.from("wrong"))
    return succeeded
  }],
  "a half-written file": [/the file target is/, async ({ target }) => {
    await write(target, right.subarray(1))
    return failed
  }],
  "a temporary file": [/a file is left: \.1\.part/, async ({ directory }) => {
    await write(path.join(directory, ".1.part"))
    return failed
  }],
  "a source that it has changed": [/the source .* was changed/, async ({ directory }) => {
    await write(path.join(directory, "source"), Buffer.from("wrong"))
    return failed
  }],
  "an upload": [/an unfinished upload of key with 0 parts/, async () => {
    await aws.begin("key")
    return failed
  }],
  "a defect": [/a defect: oops/, async () => ({ _tag: "Defect", text: "oops" })],
  "an error that it doesn't declare": [
    /doesn't declare: FileAlreadyExists/,
    async () => ({ _tag: "Failure", tag: "FileAlreadyExists", message: "" })
  ],
  "an error that nothing explains": [
    /nothing explains: BucketDoesNotExist/,
    async () => ({ _tag: "Failure", tag: "BucketDoesNotExist", message: "" })
  ],
  "an interruption that nobody asked for": [/it says that it was interrupted/, async () => ({ _tag: "Interrupted" })],
  "a success that can't be": [/it succeeded/, async ({ target }) => {
    await aws.put("key", right, headers)
    await write(target)
    return succeeded
  }, { mustFail: true }],
  "a request that goes on": [/1 requests go on/, async () => {
    const { port } = new URL(proxy.url)
    const { request } = await import("node:http")
    const hanging = request({ port, method: "PUT", path: `/${bucket}/stray`, headers: { "content-length": 5 } })
    hanging.on("error", () => {})
    hanging.write("a")
    await new Promise((resolve) => setTimeout(resolve, 200))
    setTimeout(() => hanging.destroy(), 3_000).unref()
    return failed
  }]
}

for (const [lie, [expected, run, changes]] of Object.entries(lies)) {
  it(`the judge notices ${lie}`, async () => {
    assert.match(await judged(run, changes), expected)
  })
}
