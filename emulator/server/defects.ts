// Turns defects into answers that a client of AWS can read: gaps of the emulator, and its own bugs.
import { randomUUID } from "node:crypto"
import { describeDefect } from "../engine/world.ts"
import { Fault } from "../wire/fault.ts"
import { writeFault } from "../wire/faultAnswers.ts"
import type { Answer, Request } from "../wire/http.ts"
import { protocolOf } from "../wire/identify.ts"

const remedy =
  "Leave it out; or answer it yourself in a program that serves the emulator (InMemory.serve and InMemory.handle); or send " +
  "the calls of this service elsewhere (AWS_ENDPOINT_URL_<SERVICE>)."

const faultOf = (defect: unknown): Fault => {
  const { gap, message } = describeDefect(defect)
  return gap !== undefined
    ? new Fault({ code: "NotImplemented", message: `${gap} ${remedy}`, statusCode: 501 })
    : new Fault({ code: "InternalFailure", message, statusCode: 500 })
}

export const answerDefect = (request: Request, defect: unknown): Answer =>
  writeFault({ request, protocol: protocolOf(request), service: undefined }, faultOf(defect), {
    requestId: randomUUID(),
    date: new Date()
  })
