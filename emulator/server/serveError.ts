import * as Data from "effect/Data"
import { messageOf } from "../engine/message.ts"

const reasons: Readonly<Record<string, ServeError["reason"]>> = {
  EADDRINUSE: "PortInUse",
  EACCES: "NotPermitted",
  EPERM: "NotPermitted",
  EADDRNOTAVAIL: "HostUnavailable",
  ENOTFOUND: "HostUnavailable",
  EAI_AGAIN: "HostUnavailable",
  ERR_SOCKET_BAD_PORT: "InvalidPort"
}

export const serveErrorOf = (host: string, port: number, cause: unknown): ServeError =>
  new ServeError({ host, port, reason: reasons[String((cause as { code?: unknown })?.code)] ?? "Failed", cause })

/** The server can't listen on this host and port. */
export class ServeError extends Data.TaggedError("ServeError")<{
  /** The address that it was to listen on. */
  readonly host: string
  readonly port: number
  /** Why it can't. */
  readonly reason: "PortInUse" | "NotPermitted" | "HostUnavailable" | "InvalidPort" | "Failed"
  /** What Node has thrown. */
  readonly cause: unknown
}> {
  override get message(): string {
    const { cause, host, port } = this
    switch (this.reason) {
      case "PortInUse":
        return `Port ${port} on ${host} is in use. Stop the program that listens on it, or choose another port; ` +
          "port 0 is any free one."
      case "NotPermitted":
        return `This process isn't allowed to listen on port ${port} of ${host}. Choose a port above 1023.`
      case "HostUnavailable":
        return `This machine has no address ${host} to listen on. Choose 127.0.0.1, or 0.0.0.0 for all of its addresses.`
      case "InvalidPort":
        return `${port} is not a port. Choose one from 1 to 65535, or 0 for any free one.`
      case "Failed":
        return `Can't listen on port ${port} of ${host}: ${messageOf(cause)}`
    }
  }
}
