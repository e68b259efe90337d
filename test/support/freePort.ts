import { Effect } from "effect"
import { type AddressInfo, createServer } from "node:net"

/** A port of the loopback interface that nobody listens on, for a process that has to be told its port. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})
