// Written by `npm run codes` from the installed SDK. Don't edit it.

/** The codes that AWS documents for the commands of Ec2. */
export type Ec2Codes = never
