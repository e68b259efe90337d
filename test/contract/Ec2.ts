import { contract } from "./Contract.ts"

export const ec2 = contract("Ec2", {})
