/** The protocols of AWS, by the names of their traits in AWS's models. */
export type Protocol = "awsQuery" | "ec2Query" | "restXml" | "restJson1" | "awsJson1_0" | "awsJson1_1" | "rpcv2Cbor"

export const isQuery = (protocol: Protocol): boolean => protocol === "awsQuery" || protocol === "ec2Query"

export const isRest = (protocol: Protocol): boolean => protocol === "restXml" || protocol === "restJson1"

export const isJsonRpc = (protocol: Protocol): boolean => protocol === "awsJson1_0" || protocol === "awsJson1_1"
