// The names in an injection or in a question to the journal. A misspelt one would select no call, and a test would pass for nothing.
import { type Injection, members } from "./injections.ts"
import { operationsOf, type Service } from "./service.ts"

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

const similar = (name: string, names: Iterable<string>): string => {
  const found = [...names].find((other) => plain(other) === plain(name))
  return found === undefined ? "" : ` Did you mean ${found}?`
}

/** The names that a world knows. */
export interface Names {
  /** The operations by the id of their service: `{ S3: ["GetObject", …] }`. */
  readonly services: Readonly<Record<string, ReadonlyArray<string>>>
  /** The operations of other services that have a handler, by the last part of the service's namespace: `dynamodb`. */
  readonly others: Readonly<Record<string, ReadonlyArray<string>>>
}

/** The names of these services, and of operations that were given a handler: `com.amazonaws.dynamodb#GetItem`. */
export const namesOf = (services: ReadonlyArray<Service<any>>, handled: ReadonlyArray<string>): Names => {
  const ids = new Map(services.map(({ namespace, serviceId }) => [namespace, serviceId]))
  const own: Record<string, Array<string>> = Object.fromEntries(
    Object.entries(operationsOf(services)).map(([service, operations]) => [service, [...operations]])
  )
  const others: Record<string, Array<string>> = {}
  for (const shapeId of handled) {
    const [namespace = "", operation = ""] = shapeId.split("#")
    const id = ids.get(namespace)
    const names = id === undefined ? others[plain(namespace.split(".").at(-1)!)] ??= [] : own[id]!
    if (!names.includes(operation)) names.push(operation)
  }
  return { services: own, others }
}

type Only = Pick<Injection, "service" | "operation">

/** What is wrong with the names of a service and an operation, if anything. */
export const problemWithNames = ({ others, services }: Names, { operation, service }: Only): string | undefined => {
  const known = service === undefined
    ? [...Object.values(services), ...Object.values(others)].flat()
    : Object.hasOwn(services, service)
    ? services[service]!
    : Object.hasOwn(others, plain(service))
    ? others[plain(service)]
    : undefined
  if (known === undefined) {
    const names = Object.keys(services)
    return `There is no service ${JSON.stringify(service)}.${similar(service!, names)} The services are ${
      [...names, ...Object.keys(others)].join(", ")
    }.`
  }
  if (operation === undefined || known.includes(operation)) return undefined
  return service === undefined
    ? `No service has an operation ${JSON.stringify(operation)}.${similar(operation, known)}`
    : `${service} has no operation ${JSON.stringify(operation)}.${similar(operation, known)} ` +
      `Its operations are ${known.join(", ")}.`
}

/** Protocols write a code into a header, too. */
const code = /^[A-Za-z0-9._:#-]+$/

/** What XML can't carry: control characters, and halves of characters. */
const beyondXml =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

const faults: ReadonlyArray<string> = ["Throttled", "ServerFault", "Delay", "Cut", "Fault"] satisfies ReadonlyArray<
  Injection["fault"]["_tag"]
>

const problemWithFault = (fault: Injection["fault"]): string | undefined => {
  // A program without types may have forgotten it.
  if (!faults.includes(fault?._tag)) {
    return "fault has to be InMemory.throttled, InMemory.serverFault, or the result of InMemory.delay, InMemory.cut or InMemory.fault."
  }
  if (fault._tag !== "Fault") return undefined
  if (!code.test(fault.code)) {
    return `The code of an error has to be made of letters, digits and . _ : # -, and ${
      JSON.stringify(fault.code)
    } isn't.`
  }
  if (beyondXml.test(fault.message)) {
    return `The message of an error can't have control characters, and ${JSON.stringify(fault.message)} does.`
  }
  const { statusCode } = fault
  return statusCode === undefined || (Number.isInteger(statusCode) && statusCode >= 400 && statusCode <= 599)
    ? undefined
    : `The statusCode of an error has to be a whole number from 400 to 599, and ${statusCode} isn't.`
}

// Any name of a region goes: made-up ones are regions, too.
const problemWithPlace = ({ account, region }: Pick<Injection, "account" | "region">): string | undefined =>
  account !== undefined && !(typeof account === "string" && /^\d{12}$/.test(account))
    ? `account has to be a text of 12 digits, and ${JSON.stringify(account)} isn't.`
    : region !== undefined && !(typeof region === "string" && /^[a-z\d-]+$/.test(region))
    ? `region has to be the name of a region, such as "us-east-1", and ${JSON.stringify(region)} isn't.`
    : undefined

/** What is wrong with an injection, if anything. */
export const problemWith = (names: Names, injection: Injection): string | undefined => {
  const { fault, nth, share, times, ...only } = injection
  const unknown = Object.keys(injection).find((name) => !members.includes(name))
  if (unknown !== undefined) {
    return `An injection has no member ${JSON.stringify(unknown)}.${similar(unknown, members)} Its members are ${
      members.join(", ")
    }.`
  }
  for (const [name, count] of Object.entries({ nth, times })) {
    if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
      return `${name} has to be a whole number from 1, and ${count} isn't.`
    }
  }
  if (share === 0) return "share has to be above 0: a share of 0 affects no call."
  return share !== undefined && !(share > 0 && share <= 1)
    ? `share has to be a number from 0 to 1, and ${share} isn't.`
    : problemWithFault(fault) ?? problemWithPlace(only) ?? problemWithNames(names, only)
}
