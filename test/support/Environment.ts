// The surroundings of the credential Layers: environment variables, files and an STS server on loopback.
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { Effect } from "effect"
import { Sts } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import type * as http from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { serve } from "./Server.ts"

/** A temporary folder with these files, for the rest of the scope. `null` makes a folder instead of a file. */
export const folder = (files: Readonly<Record<string, string | null>> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const root = fs.mkdtempSync(path.join(os.tmpdir(), "effect-aws-sdk-"))
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(root, name)
        fs.mkdirSync(text === null ? file : path.dirname(file), { recursive: true })
        if (text !== null) fs.writeFileSync(file, text)
      }
      return root
    }),
    (root) => Effect.sync(() => fs.rmSync(root, { recursive: true }))
  )

/** Replaces all `AWS_…` variables for the rest of the scope. The home folder is empty unless `variables` set `HOME`. */
export const environment = (variables: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function*() {
    const home = yield* folder()
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const before = { ...process.env }
        for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name]
        Object.assign(process.env, { HOME: home, ...variables })
        return before
      }),
      (before) =>
        Effect.sync(() => {
          for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
          Object.assign(process.env, before)
        })
    )
  })

/** A home folder with AWS's two configuration files, and an environment that points to it. */
export const home = (
  files: { readonly config?: string; readonly credentials?: string; readonly [name: string]: string | undefined },
  variables: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function*() {
    const { config = "", credentials = "", ...others } = files
    const root = yield* folder({
      ".aws/config": config,
      ".aws/credentials": credentials,
      ...others as Readonly<Record<string, string>>
    })
    yield* environment({ HOME: root, ...variables })
    return root
  })

export interface StsCall {
  readonly action: string
  readonly input: Readonly<Record<string, string>>
  /** The key that signed the call. */
  readonly accessKeyId: string | undefined
  readonly sessionToken: string | undefined
}

const read = (request: http.IncomingMessage) =>
  new Promise<string>((resolve) => {
    let body = ""
    request.setEncoding("utf8").on("data", (chunk: string) => body += chunk).on("end", () => resolve(body))
  })

const ssoToken = "planted-secret-token"

/** The file that `aws sso login` leaves for an SSO session or the start URL of SSO. */
export const ssoTokenFile = (id: string, expiresAt: Date) => ({
  [`.aws/sso/cache/${crypto.createHash("sha1").update(id).digest("hex")}.json`]: JSON.stringify({
    accessToken: ssoToken,
    expiresAt: expiresAt.toISOString()
  })
})

/**
 * A server of STS and SSO. A session of the role `audit` has the key `ASIAaudit` and lasts an hour by `now`. The role `denied`
 * can't be assumed. Who is signed in to SSO gets the key `ASIASSO`. The caller's ARN ends in the key that signed the call.
 */
export const sts = (options: { readonly now?: () => number } = {}) => {
  const { now = Date.now } = options
  const calls: Array<StsCall> = []
  return serve(async (request, response) => {
    const input = Object.fromEntries(new URLSearchParams(await read(request)))
    const action = input["Action"] ?? request.url ?? ""
    const accessKeyId = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1]
    calls.push({ action, input, accessKeyId, sessionToken: request.headers["x-amz-security-token"]?.toString() })
    if (request.url?.startsWith("/federation/credentials")) {
      const isSignedIn = request.headers["x-amz-sso_bearer_token"] === ssoToken
      const roleCredentials = {
        accessKeyId: "ASIASSO",
        secretAccessKey: "planted-secret-of-sso",
        sessionToken: "token-of-sso",
        expiration: now() + 3_600_000
      }
      response.writeHead(isSignedIn ? 200 : 401).end(JSON.stringify(isSignedIn ? { roleCredentials } : {}))
      return
    }
    const role = input["RoleArn"]?.split("/").at(-1)
    if (role === "denied") {
      response.writeHead(403).end(
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"
      )
      return
    }
    const result = action === "GetCallerIdentity"
      ? `<Arn>arn:aws:iam::123456789012:user/${accessKeyId}</Arn><Account>123456789012</Account><UserId>u</UserId>`
      : `<AssumedRoleUser><Arn>arn:aws:sts::210987654321:assumed-role/${role}/me</Arn><AssumedRoleId>AROA:me</AssumedRoleId></AssumedRoleUser>
         <Credentials><AccessKeyId>ASIA${role}</AccessKeyId><SecretAccessKey>planted-secret-of-${role}</SecretAccessKey>
         <SessionToken>token-of-${role}</SessionToken><Expiration>${
        new Date(now() + 3_600_000).toISOString()
      }</Expiration></Credentials>`
    response.writeHead(200, { "content-type": "text/xml" }).end(
      `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`
    )
  }).pipe(Effect.map(({ url }) => ({ url, calls })))
}

/** The access key id that signs the calls in this context. */
export const whoAmI = Effect.map(Sts.send(new GetCallerIdentityCommand({})), ({ Arn = "" }) => Arn.split("/").at(-1))

/** An EC2 instance metadata service, version 2 only. Each fetch of credentials returns a new key. */
export const metadata = (
  options: {
    readonly role?: string
    readonly region?: string
    readonly credentials?: string
    readonly now?: () => number
    readonly up?: boolean
  } = {}
) => {
  const { credentials, now, region, role = "instance-role", up = true } = options
  const state = { up }
  const asked: Array<string> = []
  let given = 0
  return serve((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const answer = (status: number, body = "") => response.writeHead(status).end(body)
    if (!state.up) return answer(503)
    if (request.url === "/latest/api/token") {
      return request.method === "PUT" && Number(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]) > 0
        ? answer(200, "imds-token")
        : answer(400)
    }
    if (request.headers["x-aws-ec2-metadata-token"] !== "imds-token") return answer(401)
    if (request.url === "/latest/meta-data/placement/region") return region ? answer(200, region) : answer(404)
    if (role === "" || !request.url?.startsWith("/latest/meta-data/iam/security-credentials/")) return answer(404)
    return request.url.endsWith(role)
      ? answer(200, credentials ?? issuedKeys(`ASIAINSTANCE${++given}`, now))
      : answer(200, role)
  }).pipe(Effect.map(({ url }) => ({ asked, state, variables: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } })))
}

/** What the metadata service and the credentials agent answer: keys that hold for an hour. */
export const issuedKeys = (AccessKeyId: string, now = Date.now) =>
  JSON.stringify({
    Code: "Success",
    AccessKeyId,
    SecretAccessKey: "planted-secret",
    Token: `token-of-${AccessKeyId}`,
    Expiration: new Date(now() + 3_600_000).toISOString().replace(/\.\d+/, "")
  })

/** The credentials agent of ECS and EKS. Its answer depends on the caller's token. */
export const agent = (answer: (token: string | undefined) => readonly [status: number, body: string]) => {
  const asked: Array<string | undefined> = []
  return serve((request, response) => {
    asked.push(request.headers.authorization)
    const [status, body] = answer(request.headers.authorization)
    response.writeHead(status).end(body)
  }).pipe(
    Effect.map(({ url }) => ({ asked, variables: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials` } }))
  )
}

/** A metadata service that isn't there. */
export const noMetadata = { AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9" }
