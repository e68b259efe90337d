// The errors of the wire itself, in AWS's words. Their codes differ by protocol.
import { Fault } from "./fault.ts"
import { isJsonRpc, type Protocol } from "./protocol.ts"
import type { WrongValue } from "./scalars.ts"

const isXml = (protocol: Protocol): boolean => protocol === "restXml"

/** The body isn't in the format of the protocol. */
export const malformedBody = (protocol: Protocol): Fault =>
  isXml(protocol)
    ? new Fault({
      code: "MalformedXML",
      message: "The XML you provided was not well-formed or did not validate against our published schema",
      statusCode: 400
    })
    : protocol === "awsQuery" || protocol === "ec2Query"
    ? new Fault({
      code: "MalformedQueryString",
      message: "The query string contains a syntax error.",
      statusCode: 400
    })
    : new Fault({ code: "SerializationException", message: "", statusCode: 400 })

/** The body is larger than the service takes. */
export const tooLarge = (protocol: Protocol): Fault =>
  isXml(protocol)
    ? new Fault({ code: "MaxMessageLengthExceeded", message: "Your request was too large.", statusCode: 400 })
    : new Fault({
      code: protocol === "awsQuery" || protocol === "ec2Query"
        ? "RequestEntityTooLarge"
        : "RequestEntityTooLargeException",
      message: "Request size exceeded the limit.",
      statusCode: 413
    })

/** The path or the query isn't percent-encoded correctly. */
export const malformedUri = (protocol: Protocol): Fault =>
  isXml(protocol)
    ? new Fault({ code: "InvalidURI", message: "Couldn't parse the specified URI.", statusCode: 400 })
    : malformedBody(protocol)

const serialization = ({ expected, text }: WrongValue): string =>
  text.startsWith("Start of")
    ? `${text} found where not expected`
    : text.endsWith("_VALUE")
    ? `${text} cannot be converted to ${expected}`
    : `Value ${text} cannot be converted to ${expected}`

/** A value in the body has the wrong type. */
export const wrongBodyValue = (protocol: Protocol, error: WrongValue): Fault =>
  isXml(protocol)
    ? malformedBody(protocol)
    : protocol === "ec2Query"
    ? new Fault({
      code: "InvalidParameterValue",
      message: `Value (${error.text}) is invalid: it is not a ${error.expected}.`,
      statusCode: 400
    })
    : protocol === "awsQuery"
    ? new Fault({ code: "MalformedInput", message: `${error.text} is not a ${error.expected}`, statusCode: 400 })
    : new Fault({ code: "SerializationException", message: serialization(error), statusCode: 400 })

/** A value in the path, the query or a header has the wrong type. */
export const wrongBoundValue = (protocol: Protocol, name: string, error: WrongValue): Fault =>
  isXml(protocol)
    ? new Fault({
      code: "InvalidArgument",
      message: error.expected === "Number"
        ? `Provided ${name} not an integer or within integer range`
        : `Provided ${name} is not a valid ${error.expected}`,
      statusCode: 400,
      members: { ArgumentName: name, ArgumentValue: error.text }
    })
    : new Fault({ code: "SerializationException", message: serialization(error), statusCode: 400 })

/** No operation of the service has this name, or this method and path. */
export const unknownOperation = (protocol: Protocol, name: string, version: string): Fault => {
  switch (protocol) {
    case "restXml":
      return new Fault({
        code: "MethodNotAllowed",
        message: "The specified method is not allowed against this resource.",
        statusCode: 405
      })
    case "awsQuery":
      return new Fault({
        code: "InvalidAction",
        message: `Could not find operation ${name} for version ${version}`,
        statusCode: 400
      })
    case "ec2Query":
      return new Fault({
        code: "InvalidAction",
        message: `The action ${name} is not valid for this web service.`,
        statusCode: 400
      })
    default:
      return new Fault({
        code: "UnknownOperationException",
        message: "",
        statusCode: isJsonRpc(protocol) ? 400 : 404
      })
  }
}

/** A form of EC2 has a parameter that the operation doesn't have. */
export const unknownParameter = (name: string): Fault =>
  new Fault({ code: "UnknownParameter", message: `The parameter ${name} is not recognized`, statusCode: 400 })

/** The form has no `Action`. */
export const missingAction = (protocol: Protocol): Fault =>
  new Fault({
    code: "MissingAction",
    message: protocol === "ec2Query"
      ? "The action is missing from the request."
      : "The request must contain the parameter Action.",
    statusCode: 400
  })

/** The emulator doesn't have the service. This is a gap of the emulator, not an error of AWS. */
export const noService = (name: string): Fault =>
  new Fault({
    code: "NotImplemented",
    message: `The emulator has no service with the name ${JSON.stringify(name)}.`,
    statusCode: 501
  })
