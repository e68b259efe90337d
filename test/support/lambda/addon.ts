// What the native addon of aws-lambda-ric does, by its source (src/native/rapid-client.cc, and runtime.cpp of AWS's runtime for C++,
// which it links): it posts the answer of an invocation, and returns when Lambda has taken it. The thread waits meanwhile: no
// JavaScript runs between an answer and the next event. It ignores how Lambda answers.
import { receiveMessageOnPort, Worker } from "node:worker_threads"

interface Post {
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

// Read when the addon is loaded, as there.
const api = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime/invocation/`

const sender = `
  const http = require("node:http")
  const { workerData: { signal, port } } = require("node:worker_threads")
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  port.on("message", ({ path, body, headers }) => {
    let isDone = false
    const done = () => {
      if (isDone) return
      isDone = true
      port.postMessage("done")
      Atomics.store(signal, 0, 1)
      Atomics.notify(signal, 0)
    }
    // Not text: Node would send the headers as UTF-8 together with it.
    const bytes = Buffer.from(body)
    const length = bytes.length
    const request = http.request(path, { method: "POST", agent, headers: { ...headers, "content-length": length } })
    request.on("response", (response) => response.on("close", done).resume()).on("error", done).end(bytes)
  })`

const start = () => {
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const workerData = { signal, port: port2 }
  const worker = new Worker(sender, { eval: true, execArgv: [], workerData, transferList: [port2] })
  worker.unref()
  port1.unref()
  return { signal, port: port1 }
}

let running: ReturnType<typeof start> | undefined

const post = (message: Post): null => {
  running ??= start()
  const { port, signal } = running
  Atomics.store(signal, 0, 0)
  port.postMessage(message)
  Atomics.wait(signal, 0, 0)
  receiveMessageOnPort(port)
  return null
}

const checked = (...args: ReadonlyArray<unknown>): void => {
  if (!args.every((arg) => typeof arg === "string")) throw new TypeError("Wrong arguments")
}

const common = { "content-type": "application/json", "user-agent": "AWS_Lambda_Cpp/0.0.0" }

/** Posts what the function answered. */
export const done = (requestId: string, body: string): null => {
  checked(requestId, body)
  return post({ path: `${api}${requestId}/response`, body, headers: common })
}

/** Posts the error of the function, and its cause for X-Ray. */
export const error = (requestId: string, body: string, cause: string): null => {
  checked(requestId, body, cause)
  // curl sends the bytes of the text. A header of Node's is Latin-1.
  const bytes = Buffer.from(cause, "utf8").toString("latin1")
  const headers = { ...common, "lambda-runtime-function-xray-error-cause": bytes }
  return post({ path: `${api}${requestId}/error`, body, headers })
}

/** Never called: AWS's HTTP client asks for the next event. */
export const next = (): never => {
  throw new Error("Set AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 to true.")
}
