// Whoever uses a presigned request: knows the request, and signs nothing.
import { HttpRequest } from "@smithy/core/protocols"
import { Effect } from "effect"
import { AwsClients, type S3 } from "effect-aws-sdk"
import type { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"

/** What S3 answered. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** The code of an error. */
  readonly code: string | undefined
}

const answered = async (response: Response): Promise<Answered> => {
  const body = await response.text()
  return { status: response.status, headers: response.headers, body, code: /<Code>(.*?)<\/Code>/.exec(body)?.[1] }
}

/** By HTTP, as any program sends it. */
const byFetch = (request: Request): Promise<Response> => fetch(request, { redirect: "manual" })

/** By the request handler of the Layer, which reaches an in-memory AWS that isn't served, too. */
const byHandler = (clients: AwsClients["Service"]) => async (request: Request): Promise<Response> => {
  const { hostname, pathname, port, protocol, searchParams, host } = new URL(request.url)
  const body = new Uint8Array(await request.arrayBuffer())
  const { response } = await (clients.config.requestHandler as { handle: (request: unknown) => Promise<any> }).handle(
    new HttpRequest({
      method: request.method,
      protocol,
      hostname,
      ...(port !== "" && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...Object.fromEntries(request.headers), host, "content-length": String(body.byteLength) },
      body
    })
  )
  const { headers, statusCode: status } = response
  const answer: Readable | Uint8Array<ArrayBuffer> = response.body ?? Buffer.alloc(0)
  const bytes = answer instanceof Uint8Array ? answer : await buffer(answer)
  return new Response(status === 204 ? null : bytes, { status, headers })
}

type Fetch = (request: Request) => Promise<Response>

const requestOf = ({ headers, method, url }: Omit<S3.PresignedRequest, "expiresAt">, body?: string): Request =>
  // Without this, `fetch` adds the type of a text.
  new Request(url, { method, headers, ...(body !== undefined && { body: new TextEncoder().encode(body) }) })

interface File {
  readonly content: string
  readonly name?: string
  readonly type?: string
}

/** The form as a browser makes it: its fields, the sender's own in their place or after them, and the file. */
const formOf = (fields: Readonly<Record<string, string>>, { content, name = "file.txt", type }: File): FormData => {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append("file", new Blob([content], { ...(type !== undefined && { type }) }), name)
  return form
}

const senders = (send: Fetch) => ({
  use: (request: Omit<S3.PresignedRequest, "expiresAt">, body?: string) =>
    Effect.promise(async () => answered(await send(requestOf(request, body)))),
  post: ({ fields, url }: S3.PresignedPost, file: File, own: Readonly<Record<string, string>> = {}) =>
    Effect.promise(async () =>
      answered(await send(new Request(url, { method: "POST", body: formOf({ ...fields, ...own }, file) })))
    )
})

/** A browser, or another program, at the other end of HTTP. */
export const browser = senders(byFetch)

/** A browser that reaches whatever the Layer's clients reach. */
export const sender = AwsClients.useSync((clients) => senders(byHandler(clients)))
